//! What agents have used: tokens, context and cost, as their CLIs say it. Read by the screen and the verbs.

use crate::base::id::TerminalId;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// Dollars, kept in thousand-millionths, a plain number in JSON.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Usd(pub u64);

/// Thousand-millionths in a dollar.
const PARTS: f64 = 1e9;

impl Usd {
    pub fn dollars(self) -> f64 {
        self.0 as f64 / PARTS
    }
}

/// `$1.08`; less than a cent with as many digits as it needs to be something.
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.0 == 0 || self.0 >= 10_000_000 { 2 } else { 4 };
        write!(f, "${:.digits$}", self.dollars())
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.dollars())
    }
}

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Usd, D::Error> {
        let dollars = f64::deserialize(deserializer)?;
        // A float becomes the nearest number, and nothing below zero.
        Ok(Usd((dollars * PARTS).round() as u64))
    }
}

impl JsonSchema for Usd {
    fn schema_name() -> Cow<'static, str> {
        "Usd".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "number", "minimum": 0, "description": "Dollars" })
    }
}

/// Tokens by their kind, none in two of them, and what they cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Spent {
    /// Sent, and not taken from a cache.
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub cache_read_tokens: u64,
    pub cache_write_tokens: u64,
    /// All of them.
    pub total_tokens: u64,
    /// What the CLIs themselves say, some of them only when a conversation ends; `null` where none has said it.
    pub cost_usd: Option<Usd>,
}

/// What one agent has used so far, in all its conversations.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Usage {
    /// Sent, and not taken from a cache.
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub cache_read_tokens: u64,
    pub cache_write_tokens: u64,
    /// All of them.
    pub total_tokens: u64,
    /// What the model was given last in its conversation.
    pub context_tokens: Option<u64>,
    /// What it can be given, where its CLI says that.
    pub context_window: Option<u64>,
    /// What its CLI itself says, which may be only when a conversation ends.
    pub cost_usd: Option<Usd>,
    /// The one it used last.
    pub model: Option<String>,
}

impl Usage {
    /// How full the context is, where that can be told.
    pub fn context_percent(&self) -> Option<u64> {
        let (tokens, window) = (self.context_tokens?, self.context_window?);
        tokens.saturating_mul(100).checked_div(window)
    }
}

/// `GET /usage`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct UsageReport {
    /// The first day that counts, where the server is: `2026-11-20`.
    pub since: String,
    pub today: String,
    pub total: Spent,
    /// The newest first; days without use are left out.
    pub days: Vec<DayUsage>,
    /// Those that used most first.
    pub sessions: Vec<SessionUsage>,
    /// Likewise.
    pub agents: Vec<AgentUsage>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DayUsage {
    pub day: String,
    pub spent: Spent,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SessionUsage {
    pub session: String,
    pub spent: Spent,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AgentUsage {
    pub id: TerminalId,
    pub window: String,
    pub session: String,
    pub provider: String,
    pub model: Option<String>,
    /// Its terminal is still there.
    pub is_there: bool,
    pub spent: Spent,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_a_plain_number_and_comes_back_as_it_was() {
        for (parts, json, shown) in [
            (0, "0.0", "$0.00"),
            (8_600_000, "0.0086", "$0.0086"),
            (732_064_000, "0.732064", "$0.73"),
            (1_084_000_000, "1.084", "$1.08"),
            (123_456_789_012, "123.456789012", "$123.46"),
        ] {
            assert_eq!(serde_json::to_string(&Usd(parts)).unwrap(), json);
            assert_eq!(serde_json::from_str::<Usd>(json).unwrap(), Usd(parts));
            assert_eq!(Usd(parts).to_string(), shown);
        }
        assert_eq!(serde_json::from_str::<Usd>("-1").unwrap(), Usd(0));
    }

    #[test]
    fn a_context_is_a_share_only_where_its_whole_is_known() {
        let of = |tokens, window| Usage { context_tokens: tokens, context_window: window, ..Usage::default() };
        assert_eq!(of(Some(86_000), Some(200_000)).context_percent(), Some(43));
        for unknown in [of(Some(1), None), of(None, Some(1)), of(Some(1), Some(0))] {
            assert_eq!(unknown.context_percent(), None);
        }
    }
}
