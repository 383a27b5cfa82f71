//! A consent from options, or from provisions as JSON.

use super::{act, act::Act, options};
use crate::{Failure, Modules, Output};
use clap::ArgMatches;
use epione_modules::{
    consent::{PractitionerRole, Purpose, Recipient},
    network::OrganizationKind,
};
use epione_types::{ConsentId, IdentityId, OrgId, Quarter, RestrictionId, SubjectId, Tag};
use serde_json::{Value, json};
use std::str::FromStr;

/// What a record is and how sensitive, as its custodian names it.
#[derive(Clone)]
pub(super) struct Label {
    category: String,
    class: String,
}

impl FromStr for Label {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((category, class)) if !category.is_empty() && !class.is_empty() => {
                Ok(Self { category: category.to_owned(), class: class.to_owned() })
            }
            _ => Err("give category and class, as in `laboratory/normal`"),
        }
    }
}

pub(super) async fn grant(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let subject: SubjectId = options::required(matches, "subject")?;
    let given = match options::optional::<String>(matches, "provisions") {
        Some(source) => provisions(&source)?,
        None => Vec::new(),
    };
    let act = Act::of(modules, matches)?;
    let provisions = if given.is_empty() {
        vec![provision(&act, &subject, matches).await?]
    } else {
        tagged(&act, &subject, given).await?
    };
    let fields = json!({
        "subject": subject,
        "provisions": provisions,
        "form": matches.get_flag("part2").then_some("part2"),
        "lifts": options::several::<RestrictionId>(matches, "lifts"),
        "evidence": act.commit_or_random(options::optional::<String>(matches, "evidence").as_ref()).await?,
    });
    let done = act.make("consent", "grant", &fields, out).await?;
    let id = ConsentId(done.first.short());
    let answer = act.client.query("consent", "get", &json!({ "id": id })).await?.value;
    let status = answer.get("consent").and_then(|consent| consent.get("status")).cloned().unwrap_or_default();
    out.result(&done.with(json!({ "consent": id, "status": status })))?;
    if status == json!("proposed") {
        out.progress(format_args!(
            "It counts when the other guardian confirms it: `epione call consent confirm --consent {id}`."
        ))?;
    }
    Ok(())
}

/// The one provision that the options make.
async fn provision(act: &Act, subject: &SubjectId, matches: &ArgMatches) -> Result<Value, Failure> {
    let organizations = options::several::<OrgId>(matches, "to").into_iter().map(Recipient::Organization);
    let kinds = options::several::<OrganizationKind>(matches, "to-kind").into_iter().map(Recipient::Kind);
    let roles = options::several::<PractitionerRole>(matches, "to-role").into_iter().map(Recipient::Role);
    let persons = options::several::<IdentityId>(matches, "to-person").into_iter().map(Recipient::Person);
    let recipients: Vec<Recipient> = organizations.chain(kinds).chain(roles).chain(persons).collect();
    let mut labels = Vec::new();
    for label in options::several::<Label>(matches, "label") {
        labels.push(tag(act, subject, &label).await?);
    }
    let from = options::optional::<Quarter>(matches, "from-quarter");
    let to = options::optional::<Quarter>(matches, "to-quarter");
    let care = (from.is_some() || to.is_some())
        .then(|| json!({ "from": from.unwrap_or_default(), "to": to.unwrap_or(Quarter::MAX) }));
    let valid = options::optional::<u64>(matches, "until").map(|until| json!({ "from": 0, "until": until }));
    Ok(json!({
        "parent": Value::Null,
        "effect": if matches.get_flag("deny") { "deny" } else { "permit" },
        "recipients": recipients,
        "purposes": options::several::<Purpose>(matches, "purpose"),
        "labels": labels,
        "restricted": matches.get_flag("restricted"),
        "care": care,
        "valid": valid,
    }))
}

/// The tag of a label, from the custodian's node. A wrong one only makes the consent say nothing of what was meant, and it is
/// the custodian's word in any case which record has which tag.
async fn tag(act: &Act, subject: &SubjectId, label: &Label) -> Result<Tag, Failure> {
    let parameters = [("category", label.category.clone()), ("class", label.class.clone())];
    let path = ["subjects", &subject.to_string(), "tag"];
    let answer = act.client.get_json(&path, &parameters, act.wait).await?;
    act::part(&act.client, &answer, "tag")
}

/// The list behind `--provisions`.
fn provisions(source: &str) -> Result<Vec<Value>, Failure> {
    let text = match source.strip_prefix('@') {
        Some(path) => {
            std::fs::read_to_string(path).map_err(|error| Failure::Usage(format!("--provisions: {path}: {error}")))?
        }
        None => source.to_owned(),
    };
    match serde_json::from_str::<Value>(&text) {
        Ok(Value::Array(provisions)) if !provisions.is_empty() => Ok(provisions),
        Ok(_) => Err(Failure::Usage("--provisions is JSON, but not a list of one provision at least".to_owned())),
        Err(error) => Err(Failure::Usage(format!("--provisions is not JSON: {error}"))),
    }
}

/// The provisions, with the tag in the place of each label that is written as `category/class`.
async fn tagged(act: &Act, subject: &SubjectId, mut provisions: Vec<Value>) -> Result<Vec<Value>, Failure> {
    for provision in &mut provisions {
        let labels = provision.get_mut("labels").and_then(Value::as_array_mut);
        for place in labels.into_iter().flatten() {
            let label = place.as_str().filter(|text| text.contains('/')).map(str::to_owned);
            if let Some(text) = label {
                let label =
                    text.parse::<Label>().map_err(|what| Failure::Usage(format!("--provisions: labels: {what}")))?;
                *place = json!(tag(act, subject, &label).await?);
            }
        }
    }
    Ok(provisions)
}
