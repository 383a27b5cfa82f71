//! The demonstration without its nodes: folder, ports, report. The whole stands in `tests/demo.rs`.

use super::*;
use crate::{
    genesis::Terms,
    init::{self, Plan},
};
use epione_modules::ALL;
use epione_types::Text;
use std::{fs, net::TcpListener, path::Path};

fn options(dir: &Path) -> DemoOptions {
    DemoOptions { dir: Some(dir.to_owned()), after: After::End, base_port: None }
}

fn silent() -> Output {
    Output::new(Format::Human, Box::new(std::io::sink()), Box::new(std::io::sink()))
}

fn refusal(dir: &Path, base_port: Option<u16>) -> String {
    let place = Place::open(&options(dir)).unwrap();
    format!("{:#}", Consortium::prepare(ALL, &place, base_port, &mut silent()).unwrap_err())
}

#[test]
fn a_folder_is_held_by_one_demonstration_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let held = Place::open(&options(folder.path())).unwrap();
    let error = Place::open(&options(folder.path())).unwrap_err().to_string();
    assert!(error.contains("another `epione demo` runs in"), "{error}");
    drop(held);
    Place::open(&options(folder.path())).unwrap();
}

#[test]
fn a_folder_that_cannot_be_used_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = format!("{:#}", Place::open(&options(&file.join("below"))).unwrap_err());
    assert!(error.contains("cannot be used") && error.contains("--dir"), "{error}");
}

#[test]
fn a_temporary_folder_is_removed_only_if_all_went_well() {
    let temporary = DemoOptions { dir: None, after: After::End, base_port: None };
    for went_well in [true, false] {
        let place = Place::open(&temporary).unwrap();
        let dir = place.dir().to_owned();
        place.close(went_well, &mut silent()).unwrap();
        assert_eq!(dir.exists(), !went_well);
        let _ = fs::remove_dir_all(dir);
    }
}

#[test]
fn a_demonstration_is_found_again_with_its_ports() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::open(&options(folder.path())).unwrap();
    let prepare = |port| Consortium::prepare(ALL, &place, port, &mut silent()).unwrap();
    let (first, second) = (prepare(Some(21_440)), prepare(None));
    assert_eq!((first.chain, first.nodes.len(), first.organizations.len()), (second.chain, 4, 5));
    assert_eq!(first.nodes[3].url, "http://127.0.0.1:21446");
    assert_eq!(second.nodes[3].url, first.nodes[3].url);
    drop(place);

    assert!(refusal(folder.path(), Some(21_460)).contains("was founded with 21440"));
    let _taken = TcpListener::bind("127.0.0.1:21443").unwrap();
    let error = refusal(folder.path(), None);
    assert!(error.contains("127.0.0.1:21443 is in use, which is `consensus.listen`"), "{error}");
}

#[test]
fn ports_in_use_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let _taken = TcpListener::bind("127.0.0.1:21485").unwrap();
    let error = refusal(folder.path(), Some(21_480));
    assert!(error.contains("port 21485 is in use") && error.contains("21480 to 21487"), "{error}");
    assert!(!init::is_founded(folder.path()));
}

#[test]
fn another_consortium_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let terms = Terms { name: Text::new("Real").unwrap(), time: init::now(), demo: false, epoch_blocks: 100 };
    let organizations = init::demo().into_iter().filter(init::Spec::is_validator).collect();
    let plan = Plan { dir: folder.path().to_owned(), terms, organizations, base_port: 21_500 };
    init::found(ALL, &plan).unwrap();
    let error = refusal(folder.path(), None);
    assert!(error.contains("holds a consortium that is no demonstration"), "{error}");
}

#[test]
fn the_report_is_what_was_promised() {
    let mut report = Report::default();
    assert_eq!(report.told(None)["ok"], false, "no step was done");
    report.step("agree", Duration::from_millis(12), None);
    let told = report.told(None);
    assert_eq!(
        (&told["ok"], &told["steps"][0]),
        (&true.into(), &serde_json::json!({ "name": "agree", "ok": true, "ms": 12 }))
    );
    let error = anyhow::anyhow!("it broke");
    report.step("notarize", Duration::ZERO, Some(&error));
    let told = report.told(Some(&error));
    assert_eq!(
        (&told["ok"], &told["steps"][1]["error"], &told["error"]),
        (&false.into(), &"it broke".into(), &"it broke".into())
    );
    assert!(report.is_told());
}

#[test]
fn every_step_has_a_name_of_its_own() {
    let mut names: Vec<&str> = steps::Step::ALL.map(steps::Step::name).to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), steps::Step::ALL.len());
}
