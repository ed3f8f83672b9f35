//! The OpenAPI document, made from the route table and the wire types. Served at `/openapi.json`, compared with a
//! snapshot by a test: a change of the API is seen as one.

use crate::api::routes::{Access, ROUTES, Route};
use crate::proto::{rest, stream};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The whole document.
pub fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| s.definitions_path = "/components/schemas".into());
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for route in ROUTES {
        let operation = operation(route, &mut generator);
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(route.method.to_owned(), operation);
        }
    }
    let client = generator.subschema_for::<stream::ClientMessage>();
    let server = generator.subschema_for::<stream::ServerMessage>();
    let _ = generator.subschema_for::<rest::ErrorBody>();
    let schemas = generator.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": { "title": "conductor-tui", "version": env!("CARGO_PKG_VERSION") },
        "servers": [{ "url": "http://127.0.0.1:9889" }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas,
        },
        "x-stream": {
            "client": client,
            "server": server,
            "frames": "binary messages: one byte format (1), then the postcard encoding of Frame \
                (terminal u32, base u64, revision u64, columns u16, rows u16, scroll option, changed rows, cursor, \
                modes u32, title option, offset u64)",
        },
    })
}

fn operation(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let parameters: Vec<Value> = route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    let mut operation = json!({
        "summary": route.summary,
        "x-access": match route.access {
            Access::Anyone => "anyone",
            Access::Own => "operator, or an agent within its session",
            Access::Operate => "operator",
        },
        "parameters": parameters,
        "responses": {
            "default": {
                "description": "An error",
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ErrorBody" } } },
            },
        },
    });
    if let Some(shape) = route.request {
        operation["requestBody"] = json!({ "content": { "application/json": { "schema": shape(generator) } } });
    }
    operation["responses"]["2XX"] = match route.response {
        Some(shape) => {
            json!({ "description": "Done", "content": { "application/json": { "schema": shape(generator) } } })
        }
        None => json!({ "description": "Done" }),
    };
    operation
}
