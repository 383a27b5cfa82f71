//! `epione consent`: gives, revokes and lists consents.

mod grant;

use super::{act, act::Act, options};
use crate::{Failure, Modules, Output};
use clap::{ArgAction, ArgMatches, Command};
use epione_modules::{
    consent::{PractitionerRole, Purpose},
    network::OrganizationKind,
};
use epione_types::{ConsentId, IdentityId, OrgId, Quarter, RestrictionId, SubjectId};
use serde_json::json;

pub(super) fn command() -> Command {
    let examples = [
        "epione consent grant --subject sub1… --to org1… --purpose TREAT --label laboratory/normal --key patient.key",
        "epione consent list --subject sub1…",
        "epione consent revoke cons1… --key patient.key",
    ];
    options::group("consent", "Consents of a patient: who may see which records, for what", &examples).subcommands([
        grant_command(),
        revoke_command(),
        list_command(),
    ])
}

fn grant_command() -> Command {
    let command = options::verb(
        "grant",
        "Gives a consent, or a denial, as the patient or who acts for the patient",
        &[
            "epione consent grant --subject sub1… --to org1… --purpose TREAT --key patient.key",
            "epione consent grant --subject sub1… --to-kind payer --purpose HPAYMT --deny --key patient.key",
            "epione consent grant --subject sub1… --provisions @provisions.json --key patient.key",
        ],
    );
    let command = command
        .long_about(
            "Gives a consent with one provision, made of the options; what is not named is not limited. With --provisions it \
             has several, with exceptions in each other: a JSON list as `epione call consent grant --help` shows it, in which a \
             label may be written as \"category/class\". The tags of labels come from the custodian's node, which --node \
             names; the consent is made and signed here.",
        )
        .args([
            options::value::<SubjectId>("subject", "SUB", "Whose records").required(true),
            options::value::<OrgId>("to", "ORG", "Who gets them: an organization; several times").action(ArgAction::Append),
            options::named::<OrganizationKind>("to-kind", "KIND", "Every organization of a kind, such as `clinic`; several times")
                .action(ArgAction::Append),
            options::named::<PractitionerRole>("to-role", "ROLE", "Everybody in a role, such as `physician`; several times")
                .action(ArgAction::Append),
            options::value::<IdentityId>("to-person", "ID", "One practitioner; several times").action(ArgAction::Append),
            options::named::<Purpose>("purpose", "CODE", "For what, in codes of HL7 v3 such as TREAT; several times")
                .action(ArgAction::Append),
            options::value::<grant::Label>("label", "CATEGORY/CLASS", "Which records, by what they are; several times")
                .action(ArgAction::Append),
            options::flag("restricted", "It reaches restricted records, too; needs --part2"),
            options::flag("deny", "It denies instead of permitting"),
            options::value::<Quarter>("from-quarter", "QUARTER", "Care from this quarter on, such as 2026-Q1"),
            options::value::<Quarter>("to-quarter", "QUARTER", "Care up to this quarter"),
            options::value::<u64>("until", "MS", "In force until before this moment, in milliseconds since 1970"),
            options::flag("part2", "It is the written consent of 42 CFR 2.31"),
            options::value::<RestrictionId>("lifts", "RSTR", "A restriction that does not hold for it; several times")
                .action(ArgAction::Append),
            options::text("evidence", "What the patient signed or was shown; kept at the node \
                                                           [default: the signature of the call is enough]"),
            options::value::<String>("provisions", "JSON|@FILE", "All provisions at once").conflicts_with_all([
                "to", "to-kind", "to-role", "to-person", "purpose", "label", "restricted", "deny", "from-quarter", "to-quarter",
                "until",
            ]),
        ]);
    act::signing(command)
}

fn revoke_command() -> Command {
    let command =
        options::verb("revoke", "Revokes a consent from now on", &["epione consent revoke cons1… --key patient.key"]);
    act::signing(command.arg(options::positional::<ConsentId>("id", "CONSENT", "The consent: cons1…")))
}

fn list_command() -> Command {
    let command = options::verb(
        "list",
        "Shows the consents and restrictions of a patient, with what they say",
        &["epione consent list --subject sub1…", "epione consent list --subject sub1… --all --json"],
    );
    let command = command
        .arg(options::value::<SubjectId>("subject", "SUB", "Whose").required(true))
        .arg(options::flag("all", "Those that were revoked, replaced or lifted, too"));
    act::asking(command)
}

pub(super) async fn run(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("grant", matches)) => grant::grant(modules, matches, out).await,
        Some(("revoke", matches)) => revoke(modules, matches, out).await,
        Some(("list", matches)) => list(matches, out).await,
        _ => Err(Failure::Usage("say what to do with consents; see `epione consent --help`".to_owned())),
    }
}

async fn revoke(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let id: ConsentId = options::required(matches, "id")?;
    let act = Act::of(modules, matches)?;
    let done = act.make("consent", "revoke", &json!({ "consent": id }), out).await?;
    let answer = act.client.query("consent", "get", &json!({ "id": id })).await?.value;
    let status = answer.get("consent").and_then(|consent| consent.get("status")).cloned().unwrap_or_default();
    Ok(out.result(&done.with(json!({ "consent": id, "status": status })))?)
}

async fn list(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let subject: SubjectId = options::required(matches, "subject")?;
    let client = options::client(matches)?;
    let is_all = matches.get_flag("all");
    let lists =
        [("list", "consents", "get", "active", true), ("restrictions", "restrictions", "restriction", "lifted", false)];
    let mut all = json!({ "subject": subject });
    for (list, name, get, filter, wanted) in lists {
        let fields = json!({ "subject": subject, (filter): (!is_all).then_some(wanted) });
        let mut found = Vec::new();
        for listed in act::all_pages(&client, ("consent", list, name), &fields).await? {
            found.push(client.query("consent", get, &json!({ "id": listed.get("id") })).await?.value);
        }
        if let Some(all) = all.as_object_mut() {
            all.insert(name.to_owned(), json!(found));
        }
    }
    Ok(out.result(&all)?)
}
