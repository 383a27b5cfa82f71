//! The surface of a module as data: what routes, verbs, documents, forms and workloads are computed from.

use epione_types::{DecodeError, ModuleId};
use schemars::Schema;
use serde::Serialize;
use serde_json::Value;

/// A plausible value for documents, forms and fuzzing.
pub trait Example {
    /// The value.
    fn example() -> Self;
}

/// One numbered thing as data.
#[derive(Clone, Debug, Serialize)]
pub struct Item {
    /// Its number in the module; never reused.
    pub number: u16,
    /// Its name, in kebab case.
    pub name: &'static str,
    /// JSON schema of its fields, with what each means.
    pub schema: Schema,
    /// An example of its fields.
    pub example: Value,
}

/// A closed set of numbered values: the calls, events or queries of a module.
pub trait Numbered: Sized + Clone + std::fmt::Debug + Send + Sync + 'static {
    /// What there is, in ascending order of the numbers.
    fn items() -> Vec<Item>;
    /// The number of this value.
    fn number(&self) -> u16;
    /// Canonical bytes of the fields.
    fn body(&self) -> Vec<u8>;
    /// The fields as JSON.
    fn to_json(&self) -> Value;
    /// The value with this number and body.
    ///
    /// # Errors
    /// [`BodyError`] if there is no such number, or the body is not canonical.
    fn decode(number: u16, body: &[u8]) -> Result<Self, BodyError>;
    /// The value with this number and these fields.
    ///
    /// # Errors
    /// [`BodyError`] if there is no such number, or a field is missing, unknown or wrong.
    fn from_json(number: u16, fields: Value) -> Result<Self, BodyError>;
}

/// Why bytes or JSON are not a value of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// The module has nothing with this number.
    UnknownNumber(u16),
    /// The bytes are not canonical.
    Malformed(DecodeError),
    /// The JSON does not fit: the path of the field, and why not.
    Json(String),
}

impl std::fmt::Display for BodyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownNumber(number) => write!(f, "there is nothing with number {number}"),
            Self::Malformed(error) => error.fmt(f),
            Self::Json(error) => f.write_str(error),
        }
    }
}

impl std::error::Error for BodyError {}

/// The numbered rejects of a module. The order of the numbers is their precedence.
pub trait NumberedReject: Copy + PartialEq + std::fmt::Debug + Send + Sync + 'static {
    /// All rejects, in order of precedence.
    fn all() -> Vec<Self>;
    /// The number; never reused.
    fn number(self) -> u16;
    /// Name in kebab case.
    fn name(self) -> &'static str;
    /// What is wrong and what to do; no values, so it can be shown to anybody.
    fn text(self) -> &'static str;
}

/// What a query reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuerySource {
    /// The agreed state: the answer is as of a height and can be proved.
    State,
    /// The node's own rows: derived from the agreed events, not proved.
    Rows,
}

/// A module's surface.
#[derive(Clone, Debug, Serialize)]
pub struct Surface {
    /// Number on the wire.
    pub id: ModuleId,
    /// Name in routes, verbs and pages.
    pub name: &'static str,
    /// What it is for, one sentence.
    pub doc: &'static str,
    /// The modules whose read functions it uses.
    pub requires: Vec<ModuleId>,
    /// The calls.
    pub calls: Vec<CallDoc>,
    /// The events.
    pub events: Vec<ItemDoc>,
    /// The queries.
    pub queries: Vec<QueryDoc>,
    /// The rejects, in order of precedence.
    pub rejects: Vec<RejectDoc>,
    /// The laws.
    pub laws: Vec<LawDoc>,
    /// JSON schema of the module's part of the genesis.
    pub genesis: Schema,
}

/// An item with the sentence that describes it.
#[derive(Clone, Debug, Serialize)]
pub struct ItemDoc {
    /// Number, name, schema and example.
    #[serde(flatten)]
    pub item: Item,
    /// What it is, from the schema.
    pub doc: String,
}

impl From<Item> for ItemDoc {
    fn from(item: Item) -> Self {
        let doc = item.schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { item, doc }
    }
}

/// A call.
#[derive(Clone, Debug, Serialize)]
pub struct CallDoc {
    /// Number, name, fields.
    #[serde(flatten)]
    pub item: ItemDoc,
    /// Whether a suspended organization, or an identity of one, may still make it.
    pub while_suspended: bool,
}

/// A query.
#[derive(Clone, Debug, Serialize)]
pub struct QueryDoc {
    /// Number, name, fields.
    #[serde(flatten)]
    pub item: ItemDoc,
    /// What it reads.
    pub source: QuerySource,
    /// JSON schema of the answer.
    pub answer: Schema,
}

/// A reject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RejectDoc {
    /// `module << 16 | number`: as it stands in results.
    pub code: u32,
    /// Number in the module.
    pub number: u16,
    /// Name in kebab case.
    pub name: &'static str,
    /// What is wrong and what to do.
    pub text: &'static str,
}

/// A law.
#[derive(Clone, Debug, Serialize)]
pub struct LawDoc {
    /// Name and number.
    pub id: &'static str,
    /// What always holds.
    pub text: &'static str,
}
