//! Pages about modules, for those who connect a system to the ledger.

use super::fields::{Place, Shown, cell, table};
use epione_kernel::{CallDoc, Item, ItemDoc, QueryDoc, QuerySource, Surface};
use serde_json::Value;

const MARK: &str = "<!-- Written by `cargo xtask docs` from the code of the module. Change that, not this. -->";

/// The page that lists all modules.
pub(super) fn of_all(surfaces: &[&Surface]) -> String {
    let row = |surface: &&Surface| {
        let Surface { name, doc, .. } = surface;
        format!("| {} | [`{name}`]({name}.md) | {} |\n", surface.id.0, cell(doc))
    };
    let rows: String = surfaces.iter().map(row).collect();
    format!(
        "# Modules\n\n{MARK}\n\nWhat the ledger can do, one page per module, in the order in which they run in a block. How \
         calls are signed and posted,\nand how queries are asked: [http.md](../http.md). The same as data: \
         [openapi.json](../openapi.json).\n\n| number | module | what it is for |\n|---|---|---|\n{rows}"
    )
}

/// The page about one module; `surfaces` are those of all, for their names.
pub(super) fn of_module(surface: &Surface, surfaces: &[&Surface]) -> String {
    let mut shown = Shown::default();
    let mut page = head(surface, surfaces);
    page.push_str("\n## Calls\n\n| number | call | what it does | a suspended organization may |\n|---|---|---|---|\n");
    for CallDoc { item, while_suspended } in &surface.calls {
        page.push_str(&overview("call", item, if *while_suspended { "yes" } else { "no" }));
    }
    for call in &surface.calls {
        page.push_str(&of_call(surface, call, &mut shown));
    }
    page.push_str(&rejects(surface));
    page.push_str("\n## Events\n\n| number | event | what happened |\n|---|---|---|\n");
    for event in &surface.events {
        let (number, name) = (event.item.number, event.item.name);
        page.push_str(&format!("| {number} | [`{name}`](#event-{name}) | {} |\n", cell(first_lines(&event.doc))));
    }
    for event in &surface.events {
        let title = format!("{}.{}", surface.name, event.item.name);
        let note = format!("In the stream of events as `event: {title}`.");
        page.push_str(&of_item("event", event, &note, &mut shown));
    }
    page.push_str("\n## Queries\n\n| number | query | what it answers | source |\n|---|---|---|---|\n");
    for QueryDoc { item, source, .. } in &surface.queries {
        page.push_str(&overview("query", item, source_name(*source)));
    }
    for query in &surface.queries {
        page.push_str(&of_query(surface, query, &mut shown));
    }
    page.push_str(&laws(surface));
    page.push_str(&genesis(surface, &mut shown));
    page
}

fn head(surface: &Surface, surfaces: &[&Surface]) -> String {
    let used: Vec<String> = surface
        .requires
        .iter()
        .filter_map(|id| surfaces.iter().find(|other| other.id == *id))
        .map(|other| format!("[`{}`]({}.md)", other.name, other.name))
        .collect();
    let used = if used.is_empty() { "no other module".to_owned() } else { used.join(", ") };
    format!(
        "# Module `{}`\n\n{MARK}\n\n{}\n\nNumber on the wire: {}. It uses {used}. How calls are signed and posted, and how \
         queries are asked: [http.md](../http.md).\nThe reasons behind it, and who learns what: \
         [the source](../../crates/modules/src/{}/mod.rs), [privacy.md](../privacy.md).\n",
        surface.name, surface.doc, surface.id.0, surface.name,
    )
}

fn overview(kind: &str, item: &ItemDoc, last: &str) -> String {
    let (number, name) = (item.item.number, item.item.name);
    format!("| {number} | [`{name}`](#{kind}-{name}) | {} | {last} |\n", cell(first_lines(&item.doc)))
}

/// The first paragraph.
fn first_lines(doc: &str) -> &str {
    doc.split("\n\n").next().unwrap_or_default()
}

fn of_call(surface: &Surface, call: &CallDoc, shown: &mut Shown) -> String {
    let (module, name) = (surface.name, call.item.item.name);
    let note = format!("`POST /v1/{module}/{name}` drafts it; on the command line: `epione call {module} {name}`.");
    of_item("call", &call.item, &note, shown)
}

/// What is numbered: what it is, its fields and an example.
fn of_item(kind: &'static str, item: &ItemDoc, note: &str, shown: &mut Shown) -> String {
    let ItemDoc { item: Item { name, schema, example, .. }, doc } = item;
    let fields = table(schema.as_value(), Place { kind, name }, shown);
    let mut text = format!("\n### {} `{name}`\n\n{doc}\n\n{note}\n\n{fields}", capitalized(kind));
    if example.as_object().is_some_and(|fields| !fields.is_empty()) {
        text.push_str(&format!("\n```json\n{}\n```\n", pretty(example)));
    }
    text
}

fn rejects(surface: &Surface) -> String {
    let mut text = String::from("\n## Rejects\n\n");
    if surface.rejects.is_empty() {
        text.push_str("The module refuses nothing.\n");
        return text;
    }
    text.push_str(
        "Why the module refuses a call, or a query. If several apply, it is the first in this order. The code is what \
         stands in results.\n\n| code | name | text |\n|---|---|---|\n",
    );
    for reject in &surface.rejects {
        text.push_str(&format!("| {} | `{}` | {} |\n", reject.code, reject.name, cell(reject.text)));
    }
    text
}

fn of_query(surface: &Surface, query: &QueryDoc, shown: &mut Shown) -> String {
    let (ItemDoc { item, .. }, module) = (&query.item, surface.name);
    let name = item.name;
    let told = match query.source {
        QuerySource::State => "Read from the agreed state: every node gives the same answer at the same height.",
        QuerySource::Rows => "Read from this node's own rows, which follow the agreed events and may lag behind them.",
    };
    let fields = table(item.schema.as_value(), Place { kind: "query", name }, shown);
    let answer = answer(query.answer.as_value(), name, shown);
    format!(
        "\n### Query `{name}`\n\n{}\n\n{told}\n\n```\nGET /v1/{module}/{name}{}\n```\n\nParameters:\n\n{fields}\nThe \
         `value` of the answer:\n\n{answer}",
        query.item.doc,
        parameters(&item.example),
    )
}

/// The fields of an answer; a list is an answer, too.
fn answer(schema: &Value, name: &str, shown: &mut Shown) -> String {
    let place = Place { kind: "query", name };
    if schema.get("properties").is_some() {
        return table(schema, place, shown);
    }
    let mut whole = serde_json::Map::new();
    whole.insert("value".to_owned(), schema.clone());
    table(&serde_json::json!({ "properties": whole, "required": ["value"] }), place, shown)
}

/// The example of a query as it stands in an address.
fn parameters(example: &Value) -> String {
    let given = example.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let given: Vec<String> = given
        .map(|(name, value)| format!("{name}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    if given.is_empty() { String::new() } else { format!("?{}", given.join("&")) }
}

const fn source_name(source: QuerySource) -> &'static str {
    match source {
        QuerySource::State => "state",
        QuerySource::Rows => "rows",
    }
}

fn laws(surface: &Surface) -> String {
    let mut text = String::from("\n## Laws\n\n");
    if surface.laws.is_empty() {
        text.push_str("None.\n");
        return text;
    }
    text.push_str("What always holds; tests and simulation check it after every block.\n\n| law | |\n|---|---|\n");
    for law in &surface.laws {
        text.push_str(&format!("| {} | {} |\n", law.id, cell(law.text)));
    }
    text
}

fn genesis(surface: &Surface, shown: &mut Shown) -> String {
    let schema = surface.genesis.as_value();
    let doc = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let fields = table(schema, Place { kind: "genesis", name: surface.name }, shown);
    format!("\n## Genesis\n\n{doc}\n\n{fields}")
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use epione_modules::ALL;

    fn pages() -> Vec<(&'static Surface, String)> {
        let surfaces: Vec<_> = ALL.iter().map(|module| module.surface()).collect();
        surfaces.iter().map(|surface| (*surface, of_module(surface, &surfaces))).collect()
    }

    #[test]
    fn a_page_names_all_that_the_surface_has() {
        for (surface, page) in pages() {
            let calls = surface.calls.iter().map(|call| ("Call", &call.item));
            let events = surface.events.iter().map(|event| ("Event", event));
            let queries = surface.queries.iter().map(|query| ("Query", &query.item));
            for (kind, item) in calls.chain(events).chain(queries) {
                assert!(page.contains(&format!("\n### {kind} `{}`\n", item.item.name)), "{}", item.item.name);
                assert!(page.contains(&cell(first_lines(&item.doc))), "{}", item.doc);
            }
            for reject in &surface.rejects {
                assert!(page.contains(&format!("| {} | `{}` |", reject.code, reject.name)), "{}", reject.name);
            }
            assert!(surface.laws.iter().all(|law| page.contains(law.text)));
        }
    }

    #[test]
    fn a_page_leads_to_places_that_it_has_and_speaks_no_rust() {
        for (surface, page) in pages() {
            assert!(!page.contains("crate::") && !page.contains("[`]"), "{}", surface.name);
            let headings: Vec<String> = page
                .lines()
                .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')))
                .map(|heading| heading.to_lowercase().replace('`', "").replace(' ', "-"))
                .collect();
            for link in page.split("](#").skip(1).filter_map(|rest| rest.split(')').next()) {
                assert!(headings.iter().any(|heading| heading == link), "{}: no heading #{link}", surface.name);
            }
        }
    }
}
