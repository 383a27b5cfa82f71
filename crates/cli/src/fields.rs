//! Options from the fields of a call or query, and fields from the options given.
//!
//! Each property of the JSON schema becomes one option. Scalars are given as they are, closed sets show their values, lists
//! and objects are given as JSON.

use crate::shape;
use clap::{
    Arg, ArgAction, ArgMatches,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _},
};
use epione_kernel::Item;
use serde_json::{Map, Value};

/// Names that the commands use for their own options: a field of such a name is given as `--field-<name>`.
const RESERVED: [&str; 12] =
    ["chain", "dry-run", "fields", "help", "json", "key", "lane", "node", "seq", "timeout-ms", "valid-for-ms", "wait"];
/// The option that takes all fields at once.
pub(crate) const FIELDS: &str = "fields";

/// One field of a call or query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its name in JSON.
    pub(crate) name: String,
    /// Its option, without dashes.
    pub(crate) option: String,
    /// What it is.
    doc: String,
    kind: Kind,
    is_required: bool,
}

/// How the value of a field is written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Text {
        placeholder: String,
    },
    Choice(Vec<(String, String)>),
    Integer,
    Bool,
    /// JSON, or one of the names as it is.
    Json {
        placeholder: &'static str,
        shapes: Vec<String>,
        names: Vec<String>,
    },
}

/// The fields that the schema of `item` declares: required ones first.
pub(crate) fn of(item: &Item) -> Vec<Field> {
    let schema = item.schema.as_value();
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut fields: Vec<Field> = properties
        .into_iter()
        .flatten()
        .map(|(name, schema)| field(name, schema, required.contains(&name.as_str())))
        .collect();
    fields.sort_by_key(|field| !field.is_required);
    fields
}

/// The fields that were given, as an object.
///
/// # Errors
/// If the object behind `--fields` cannot be read.
pub(crate) fn given(fields: &[Field], matches: &ArgMatches) -> Result<Value, String> {
    let mut object = match matches.get_one::<String>(FIELDS) {
        Some(source) => object(source)?,
        None => Map::new(),
    };
    for field in fields {
        if let Some(value) = matches.get_one::<Value>(&field.id()) {
            object.insert(field.name.clone(), value.clone());
        }
    }
    Ok(Value::Object(object))
}

/// The option that takes all fields at once.
pub(crate) fn all_at_once() -> Arg {
    Arg::new(FIELDS)
        .long(FIELDS)
        .value_name("JSON|@FILE|-")
        .help("All fields as one JSON object: in place, from a file or from the standard input")
        .long_help(
            "All fields as one JSON object: in place, from a file or from the standard input. A field that is also given \
             by its own option has the value of the option",
        )
}

/// The options that give the example of `item`, each on a line of a POSIX shell.
pub(crate) fn example_lines(item: &Item) -> String {
    let given = of(item).into_iter().filter_map(|field| {
        let value = item.example.get(&field.name).filter(|value| !value.is_null())?;
        Some(format!(" \\\n    --{} {}", field.option, shell_word(value)))
    });
    given.collect()
}

/// `value` as it is written behind an option on a POSIX shell.
fn shell_word(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,=@+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

impl Field {
    fn id(&self) -> String {
        format!("field:{}", self.name)
    }

    fn help(&self) -> String {
        if self.is_required { format!("{} [required]", self.doc) } else { self.doc.clone() }
    }

    /// The option of this field.
    pub(crate) fn arg(&self) -> Arg {
        let arg = Arg::new(self.id()).long(self.option.clone()).help(self.help()).action(ArgAction::Set);
        let arg = if self.is_required { arg.required_unless_present(FIELDS) } else { arg };
        match &self.kind {
            Kind::Text { placeholder } => {
                arg.value_name(placeholder.clone()).value_parser(|text: &str| text_value(text))
            }
            Kind::Choice(values) => {
                let values = values.iter().map(|(name, doc)| PossibleValue::new(name.clone()).help(doc.clone()));
                arg.value_name("NAME").value_parser(PossibleValuesParser::new(values).map(Value::String))
            }
            Kind::Integer => {
                arg.value_name("INTEGER").value_parser(|text: &str| integer(text)).allow_negative_numbers(true)
            }
            Kind::Bool => arg
                .value_name("true|false")
                .num_args(0..=1)
                .default_missing_value("true")
                .value_parser(PossibleValuesParser::new(["true", "false"]).map(|text| Value::Bool(text == "true"))),
            Kind::Json { placeholder, shapes, names } => {
                let shapes: String = shapes.iter().map(|shape| format!("\n  {shape}")).collect();
                let help = format!("{}:{shapes}", self.help());
                let names = names.clone();
                let parser = move |text: &str| {
                    if names.iter().any(|name| name == text) { text_value(text) } else { json(text) }
                };
                arg.value_name(*placeholder).long_help(help).value_parser(parser)
            }
        }
    }
}

fn field(name: &str, schema: &Value, is_required: bool) -> Field {
    let option = name.replace('_', "-");
    let option = if RESERVED.contains(&option.as_str()) { format!("field-{option}") } else { option };
    let bare = shape::without_null(schema);
    let doc = [schema, bare].into_iter().find_map(|schema| schema.get("description").and_then(Value::as_str));
    let doc = doc.unwrap_or_default().split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let doc = doc.trim_end_matches('.').to_owned();
    Field { name: name.to_owned(), option, doc, kind: kind(bare), is_required }
}

fn kind(schema: &Value) -> Kind {
    if let Some(values) = shape::names(schema) {
        return Kind::Choice(values);
    }
    let json =
        |placeholder| Kind::Json { placeholder, shapes: shape::alternatives(schema), names: shape::bare_names(schema) };
    match shape::type_of(schema) {
        Some("string") => Kind::Text { placeholder: shape::placeholder(schema) },
        Some("integer") => Kind::Integer,
        Some("boolean") => Kind::Bool,
        Some("array") => json("JSON list"),
        Some("object") => json("JSON object"),
        _ => json("JSON"),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the form that a value parser has")]
fn text_value(text: &str) -> Result<Value, String> {
    Ok(Value::String(text.to_owned()))
}

fn integer(text: &str) -> Result<Value, String> {
    let unsigned = text.parse::<u64>().map(Value::from);
    unsigned.or_else(|_sign| text.parse::<i64>().map(Value::from)).map_err(|_digits| "not an integer".to_owned())
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))
}

/// The object behind `--fields`.
fn object(source: &str) -> Result<Map<String, Value>, String> {
    let text = match (source, source.strip_prefix('@')) {
        ("-", _) => std::io::read_to_string(std::io::stdin()).map_err(|error| format!("standard input: {error}"))?,
        (_, Some(path)) => std::fs::read_to_string(path).map_err(|error| format!("--fields: {path}: {error}"))?,
        _ => source.to_owned(),
    };
    match serde_json::from_str(&text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("--fields is JSON, but not an object such as {\"name\": \"value\"}".to_owned()),
        Err(error) => Err(format!("--fields is not JSON: {error}")),
    }
}
