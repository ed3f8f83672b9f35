//! The API's own description: complete, sound, and compared with a snapshot, so that a change of the API is seen as
//! one. Asked of a running server, as any client would.

use std::collections::BTreeSet;

use conductor_tui::api::ROUTES;
use serde_json::Value;

use crate::support::Home;
use crate::support::http::{Request, ask};

fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get("$ref").and_then(Value::as_str));
            map.values().for_each(|v| references(v, found));
        }
        Value::Array(all) => all.iter().for_each(|v| references(v, found)),
        _ => {}
    }
}

#[test]
fn the_document_describes_every_route_and_resolves() {
    let home = Home::new();
    let _ = home.launch_script("one", "exec sleep 10000");
    let (port, token) = (home.port(), home.token());
    let get = |path: &str| Request::new("GET", path).line(&format!("Host: 127.0.0.1:{port}"));
    assert_eq!(ask(port, &get("/openapi.json")).status, 401);
    let answer = ask(port, &get("/openapi.json").bearer(&token));
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 5, "{found:?}");
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads out"));
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let mut described = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            described += 1;
            let route = ROUTES.iter().find(|r| r.path == path && r.method == method);
            assert!(route.is_some(), "{method} {path} is described and not served");
            let named: Vec<&str> = operation["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|p| p["in"] == "path")
                .map(|p| p["name"].as_str().unwrap())
                .collect();
            let wanted: Vec<&str> = path.split('/').filter_map(|p| p.strip_prefix('{')?.strip_suffix('}')).collect();
            assert_eq!(named, wanted, "{method} {path}");
            assert!(operation["responses"]["default"].is_object() && operation["summary"].is_string());
        }
    }
    assert_eq!(described, ROUTES.len());
    let text = serde_json::to_string_pretty(&document).unwrap();
    insta::assert_snapshot!("openapi", text.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}
