//! What goes wrong in scenarios.

use crate::{
    cluster::link,
    scenarios::{Fault, Key, Scenario},
    world::{Founder, founders},
};
use commonware_consensus::types::{Epoch, Round, View};
use commonware_glue::simulate::action::{Action, Crash, Schedule};
use commonware_runtime::deterministic::FaultConfig;
use commonware_utils::probability;
use epione_kernel::Dice;
use std::time::Duration;

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Cuts every link between the first `left` founders and the others, from 3 s to 13 s.
fn cut(scenario: &Scenario, left: u32) -> Vec<Fault> {
    let mut schedule = Schedule::new();
    for one in founders(left) {
        for other in founders(scenario.nodes).filter(|other| other.0 >= left) {
            for (from, to) in [(one, other), (other, one)] {
                let action = Action::UpdateLink { from: from.peer(), to: to.peer(), link: link(20, 0, 0.0) };
                schedule = schedule.at(secs(3), action);
            }
        }
    }
    vec![Crash::Schedule(schedule.at(secs(13), heal(scenario)))]
}

fn heal(scenario: &Scenario) -> Action<Key> {
    let (latency, jitter, arrives) = scenario.link;
    Action::Heal(link(latency, jitter, arrives))
}

pub(crate) fn split(scenario: &Scenario, _: &mut Dice) -> Vec<Fault> {
    cut(scenario, scenario.nodes / 2)
}

pub(crate) fn minority(scenario: &Scenario, _: &mut Dice) -> Vec<Fault> {
    cut(scenario, 1)
}

pub(crate) fn crashes(scenario: &Scenario, dice: &mut Dice) -> Vec<Fault> {
    let frequency = Duration::from_millis(2_000 + dice.below(2_000));
    let downtime = Duration::from_millis(300 + dice.below(1_500));
    vec![Crash::Random { frequency, downtime, count: usize::try_from((scenario.nodes - 1) / 3).unwrap_or(1) }]
}

fn all_at(
    scenario: &Scenario,
    mut schedule: Schedule<Key>,
    at: Duration,
    action: fn(Key) -> Action<Key>,
) -> Schedule<Key> {
    for founder in founders(scenario.nodes) {
        schedule = schedule.at(at, action(founder.peer()));
    }
    schedule
}

pub(crate) fn outage(scenario: &Scenario, dice: &mut Dice) -> Vec<Fault> {
    let failing = FaultConfig::default().sync(probability!(0.01));
    let begin = Duration::from_millis(2_000 + dice.below(4_000));
    let schedule = Schedule::new().at(begin, Action::SetStorageFault(failing));
    let schedule = all_at(scenario, schedule, begin + secs(1), Action::Crash);
    let schedule = schedule.at(begin + secs(2), Action::SetStorageFault(FaultConfig::default()));
    vec![Crash::Schedule(all_at(scenario, schedule, begin + secs(3), Action::Restart))]
}

pub(crate) fn night(scenario: &Scenario, dice: &mut Dice) -> Vec<Fault> {
    let begin = Duration::from_millis(1_000 + dice.below(2_000));
    let schedule = all_at(scenario, Schedule::new(), begin, Action::Crash);
    vec![Crash::Schedule(all_at(scenario, schedule, begin + secs(600), Action::Restart))]
}

pub(crate) fn joiner(_: &Scenario, dice: &mut Dice) -> Vec<Fault> {
    let round = Round::new(Epoch::zero(), View::new(20 + dice.below(20)));
    vec![Crash::DelayRound { participants: vec![Founder(0).peer()], round }]
}

pub(crate) fn comes_back(_: &Scenario, dice: &mut Dice) -> Vec<Fault> {
    let back = secs(400 + dice.below(60));
    let schedule = Schedule::new().at(secs(2), Action::Crash(Founder(1).peer()));
    vec![Crash::Schedule(schedule.at(back, Action::Restart(Founder(1).peer())))]
}

pub(crate) fn sleeps_for_epochs(_: &Scenario, dice: &mut Dice) -> Vec<Fault> {
    let crash = Duration::from_millis(2_000 + dice.below(4_000));
    let schedule = Schedule::new().at(crash, Action::Crash(Founder(1).peer()));
    vec![Crash::Schedule(schedule.at(crash + secs(25), Action::Restart(Founder(1).peer())))]
}

pub(crate) fn loses_its_logs(_: &Scenario, dice: &mut Dice) -> Vec<Fault> {
    let begin = Duration::from_millis(5_000 + dice.below(4_000));
    let (crash, restart) = (Action::Crash(Founder(2).peer()), Action::Restart(Founder(2).peer()));
    let schedule = Schedule::new().at(begin, crash.clone()).at(begin + secs(2), restart.clone());
    vec![Crash::Schedule(schedule.at(begin + secs(8), crash).at(begin + secs(10), restart))]
}

pub(crate) fn misses_the_end(_: &Scenario, dice: &mut Dice) -> Vec<Fault> {
    let crash = secs(30 + dice.below(10));
    let schedule = Schedule::new().at(crash, Action::Crash(Founder(2).peer()));
    vec![Crash::Schedule(schedule.at(secs(350), Action::Restart(Founder(2).peer())))]
}

pub(crate) fn abandoned(scenario: &Scenario, dice: &mut Dice) -> Vec<Fault> {
    let mut schedule = Schedule::new();
    for other in founders(scenario.nodes).skip(2) {
        let action = Action::UpdateLink { from: Founder(0).peer(), to: other.peer(), link: link(20, 0, 0.0) };
        schedule = schedule.at(secs(1), action);
    }
    let crash = Duration::from_millis(8_000 + dice.below(4_000));
    let schedule = schedule
        .at(crash, Action::Crash(Founder(0).peer()))
        .at(crash + secs(3), heal(scenario))
        .at(crash + secs(6), Action::Restart(Founder(0).peer()));
    vec![Crash::Schedule(schedule)]
}

pub(crate) fn one_down(_: &Scenario, _: &mut Dice) -> Vec<Fault> {
    vec![Crash::Schedule(Schedule::new().at(secs(2), Action::Crash(Founder(1).peer())))]
}
