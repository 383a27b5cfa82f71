//! The commands with their options.

use super::{act, options};
use clap::{Arg, ArgAction, Command};
use epione_modules::{
    access::RelationKind,
    consent::{LegalBasis, PractitionerRole, Purpose},
    emergency::Outcome,
};
use epione_types::{ChallengeId, EmergencyId, IdentityId, LocateId, OrgId, RequestId, SubjectId, UnitId};
use std::path::PathBuf;

pub(super) fn all() -> [Command; 11] {
    [
        locate(),
        request(),
        open(),
        list(),
        disclose(),
        break_glass(),
        countersign(),
        review(),
        challenge(),
        answer(),
        evidence(),
    ]
}

fn purpose() -> Arg {
    options::named::<Purpose>("purpose", "CODE", "For what, in codes of HL7 v3 such as TREAT, ETREAT, HPAYMT")
}

fn emergency() -> Arg {
    options::value::<EmergencyId>("emergency", "EMG", "The emergency access under which it is done")
}

fn law() -> [Arg; 2] {
    [
        options::named::<LegalBasis>("law", "NAME", "The law that requires it, such as `public-health`, `court-order`")
            .requires("authority"),
        options::text("authority", "The order or duty itself; kept at the node").requires("law"),
    ]
}

fn folder() -> Arg {
    options::value::<PathBuf>(
        "out",
        "FOLDER",
        "The folder for what is opened, one file for each record [default: shown]",
    )
}

fn locate() -> Command {
    let command = options::verb(
        "locate",
        "Searches for the chart of a patient at one custodian",
        &[
            "epione access locate --custodian org1… --purpose TREAT --identifier urn:hospital:mrn=4711 \\\n      \
             --relationship referral --evidence 'letter of 3 May' --key practitioner.key",
            "epione access locate --custodian org1… --purpose ETREAT --link-token 5f2c… --emergency emg1… --key practitioner.key",
            "epione access locate --again loc1…",
        ],
    );
    let command = command
        .long_about(
            "Enters the search on the ledger, where only a commitment to what is searched for stands, and then asks the \
             custodian, which answers with the records that the rules would permit. No such chart and nothing that may be told \
             look alike. The token or number goes to the custodian alone.",
        )
        .args([
            options::value::<OrgId>("custodian", "ORG", "Where is searched").required_unless_present("again"),
            purpose().required_unless_present("again"),
            options::value::<String>("link-token", "HEX", "The token that the patient showed")
                .required_unless_present_any(["again", "identifier"])
                .conflicts_with("identifier"),
            act::identifiers("A number of the patient in a system that the custodian knows"),
            options::named::<RelationKind>("relationship", "check-in|referral|claim", "What the organization has to do \
                                                                                        with the patient")
                .requires("evidence"),
            options::text("evidence", "The evidence of it; kept at the node, shown to who challenges it"),
            emergency(),
            options::value::<LocateId>("again", "LOC", "Only asks the custodian, for a search that is final").conflicts_with_all([
                "custodian", "purpose", "link-token", "identifier", "relationship", "evidence", "emergency",
            ]),
        ]);
    act::signing(command)
}

fn request() -> Command {
    let command = options::verb(
        "request",
        "Requests records of a patient at another organization, and opens what is granted",
        &[
            "epione access request unit1… --purpose TREAT --role physician --evidence 'referred by org1…' \\\n      \
             --locate loc1… --key practitioner.key --open --out records/",
            "epione access request unit1… --purpose ETREAT --evidence 'unconscious' --emergency emg1… --key practitioner.key",
        ],
    );
    let command = command
        .long_about(
            "Enters the request on the ledger, where the rules decide on each record, and shows the decisions with the rules. \
             What is denied is entered, too; if nothing is granted the exit code is 1. With --open the node of the own \
             organization collects the shares, and the records are written octet for octet. The key that opens them lives in \
             the memory of that node: if it stops before, request again.",
        )
        .args([
            Arg::new("unit")
                .value_name("UNIT")
                .required(true)
                .num_args(1..)
                .action(ArgAction::Append)
                .value_parser(|text: &str| text.parse::<UnitId>())
                .help("The records: unit1…, at most 16, of one patient"),
            purpose().required(true),
            options::named::<PractitionerRole>("role", "ROLE", "As what the requester works, such as `physician`"),
            options::text("evidence", "The evidence of the purpose; kept at the node, shown to who \
                                                           challenges it")
                .required(true),
            options::value::<LocateId>("locate", "LOC", "The search by which they were found"),
            emergency(),
            options::value::<u64>("for-ms", "MS", "How long the grant lasts, in milliseconds").default_value("3600000"),
            options::flag("open", "Opens what is granted"),
            folder().requires("open"),
        ])
        .args(law());
    act::signing(command)
}

fn open() -> Command {
    let command = options::verb(
        "open",
        "Opens what a request obtained, while its key is in the memory of the node",
        &["epione access open req1… --out records/"],
    );
    act::asking(command.args([options::positional::<RequestId>("request", "REQ", "The request: req1…"), folder()]))
}

fn list() -> Command {
    let command = options::verb(
        "list",
        "Shows who asked for the records of a patient and what was decided, or the requests of an organization",
        &["epione access list --subject sub1…", "epione access list --org org1… --limit 10"],
    );
    let filter = |name, shown, help| options::value::<OrgId>(name, shown, help).conflicts_with("subject");
    let command = command
        .args([
            options::value::<SubjectId>("subject", "SUB", "Everything about this patient's records"),
            options::value::<IdentityId>("viewer", "ID", "Only what this holder or representative may see")
                .requires("subject"),
            filter("org", "ORG", "Only requests by which this organization is to read"),
            filter("custodian", "ORG", "Only requests for records of this custodian"),
            options::value::<IdentityId>("person", "ID", "Only requests of this practitioner or program")
                .conflicts_with("subject"),
        ])
        .args(options::page());
    act::asking(command)
}

fn disclose() -> Command {
    let command = options::verb(
        "disclose",
        "Discloses the records of exactly one visit to another organization, as their custodian",
        &[
            "epione access disclose --subject sub1… --encounter visit-17 --to org1… --purpose HPAYMT --claim 'claim 2026-118'",
        ],
    );
    let command = command
        .long_about(
            "The node of the own organization picks the records of that visit and enters the disclosure, on which the rules \
             decide as on a request: what the patient paid for does not go to a health plan.",
        )
        .args([
            options::value::<SubjectId>("subject", "SUB", "The patient").required(true),
            options::value::<String>("encounter", "TEXT", "The visit, as given when its records were put").required(true),
            options::value::<OrgId>("to", "ORG", "Who is to read").required(true),
            purpose().required(true),
            options::text("claim", "The claim or other ground; kept at the node").required(true),
        ])
        .args(law());
    act::asking(command)
}

fn break_glass() -> Command {
    let command = options::verb(
        "break-glass",
        "Opens an emergency access to one chart, for the practitioner who signs",
        &["epione access break-glass --custodian org1… --justification 'unconscious, bleeding' --key practitioner.key"],
    );
    let command = command
        .long_about(
            "Opens an emergency access to one chart. It lets records be requested for emergency treatment (ETREAT) without a \
             consent. The patient is told, a second practitioner should countersign, and the custodian reviews it.",
        )
        .args([
            options::value::<OrgId>("custodian", "ORG", "Who keeps the chart").required(true),
            options::value::<SubjectId>("subject", "SUB", "The patient there, if known [default: of the first request]"),
            options::text("justification", "Why; kept at the node, shown to who reviews it").required(true),
        ]);
    act::signing(command)
}

fn countersign() -> Command {
    let command = options::verb(
        "countersign",
        "Stands by the emergency access of another practitioner of the same organization",
        &["epione access countersign emg1… --key second-practitioner.key"],
    );
    act::signing(command.arg(options::positional::<EmergencyId>("emergency", "EMG", "The access: emg1…")))
}

fn review() -> Command {
    let command = options::verb(
        "review",
        "Closes the review of an emergency access, as a reviewer of the custodian",
        &["epione access review emg1… --outcome justified --report 'chart and log agree' --key reviewer.key"],
    );
    let command = command.args([
        options::positional::<EmergencyId>("emergency", "EMG", "The access: emg1…"),
        options::named::<Outcome>("outcome", "justified|unjustified|mistaken", "What was found").required(true),
        options::text("report", "The report; kept at the node").required(true),
    ]);
    act::signing(command)
}

fn challenge() -> Command {
    let command = options::verb(
        "challenge",
        "Doubts the purpose of a request, and asks for its evidence",
        &["epione access challenge req1… --key patient.key"],
    );
    let command = command.long_about(
        "The organization that requested must show its evidence. Without an answer the person who requested is suspended for \
         this purpose towards this patient, but never from emergency treatment. The answer is accepted or rejected by `epione \
         call challenge accept` and `reject`.",
    );
    act::signing(command.arg(options::positional::<RequestId>("request", "REQ", "The request: req1…")))
}

fn answer() -> Command {
    let command = options::verb(
        "answer",
        "Shows the evidence of a challenged request of the own organization",
        &["epione access answer chal1…", "epione access answer chal1… --shown --key operations.key"],
    );
    let command = command
        .long_about(
            "The node of the own organization shows the evidence, which it kept when the request was made, to the custodian and \
             says so on the ledger. With --shown it was shown otherwise: only the answer is signed, here.",
        )
        .arg(options::positional::<ChallengeId>("challenge", "CHALLENGE", "The challenge: chal1…"))
        .arg(options::flag("shown", "The evidence was shown otherwise: only signs that it was, with --key"));
    act::signing(command)
}

fn evidence() -> Command {
    let command = options::verb(
        "evidence",
        "Shows the evidence that answers a challenge of the own organization or of a patient of it",
        &["epione access evidence chal1…"],
    );
    act::asking(command.arg(options::positional::<ChallengeId>("challenge", "CHALLENGE", "The challenge: chal1…")))
}
