//! What must hold of the figures of single scenarios, beside what holds of all.

use crate::{forger::Forgery, run::Summary};

/// The height at which the members end the chain.
pub(crate) const HALT_AT: u64 = 60;

/// Longest time without a block of an idle network, in milliseconds.
pub(crate) const IDLE_HEARTBEAT_MS: u64 = 60_000;

/// The chain ends at the agreed height, exactly.
pub(crate) fn ends_at_the_agreed_height(summary: &Summary) -> Result<(), String> {
    match summary.height {
        HALT_AT => Ok(()),
        height => Err(format!("the chain ends at {height}, not at {HALT_AT}")),
    }
}

/// How often a block was refused for a reason that contains `text`.
fn refused(summary: &Summary, text: &str) -> u64 {
    summary.refusals.iter().filter(|(reason, _)| reason.contains(text)).map(|(_, count)| count).sum()
}

/// No block was refused.
pub(crate) fn nothing_is_refused(summary: &Summary) -> Result<(), String> {
    match summary.refusals.first_key_value() {
        Some((reason, count)) => Err(format!("{count} times a block was refused: {reason}")),
        None => Ok(()),
    }
}

/// Blocks of a node that does not obey the rule on block times were refused, and none became final.
pub(crate) fn nothing_by_the_lawless(summary: &Summary) -> Result<(), String> {
    if refused(summary, "field `time` of the header is wrong") == 0 {
        return Err("no block of the lawless node was refused".to_owned());
    }
    match summary.blocks_by.get(&1) {
        None => Ok(()),
        Some(blocks) => Err(format!("{blocks} blocks are by the lawless node")),
    }
}

/// The twins did what they are for.
pub(crate) fn two_things_were_signed(summary: &Summary) -> Result<(), String> {
    match (summary.double_proposals, summary.double_votes) {
        (0, _) => Err("nobody proposed two blocks".to_owned()),
        (_, 0) => Err("nobody voted for two blocks".to_owned()),
        _ => Ok(()),
    }
}

/// Forged blocks of each kind were heard, and refused for what is wrong with them: each as often as there are `honest`
/// nodes, though it is not known which. The run may end while the last of them is under way.
pub(crate) fn forgeries_are_refused(summary: &Summary, kinds: &[Forgery], honest: u32) -> Result<(), String> {
    for kind in kinds {
        let heard = summary.forgeries.get(kind).copied().unwrap_or(0);
        let refused = refused(summary, kind.refusal());
        let expected = heard.saturating_sub(1) * u64::from(honest);
        if heard == 0 || refused == 0 || refused < expected {
            return Err(format!(
                "{heard} blocks with a forged {kind:?} were heard, and {refused} times one was refused"
            ));
        }
    }
    Ok(())
}

/// A block's time is at most two seconds ahead of the right clock.
pub(crate) fn times_are_not_ahead(summary: &Summary) -> Result<(), String> {
    match summary.time_ahead_ms {
        ..=2_500 => Ok(()),
        ahead => Err(format!("the last block is {ahead} ms ahead of the clock")),
    }
}

/// Blocks only with transactions or as heartbeats, few views, and quick finality.
pub(crate) fn idle(summary: &Summary, latency_ms_max: u64) -> Result<(), String> {
    let minutes = summary.simulated.0.div_ceil(60_000);
    if summary.empty_blocks > minutes + 1 || summary.height > minutes + 1 + 16 {
        return Err(format!("{} blocks, {} of them empty, in {minutes} minutes", summary.height, summary.empty_blocks));
    }
    if summary.longest_gap.0 > IDLE_HEARTBEAT_MS + 3_000 {
        return Err(format!("{} without a block", summary.longest_gap));
    }
    if summary.views > summary.simulated.0 / 900 + summary.height {
        return Err(format!("{} views in {}", summary.views, summary.simulated));
    }
    if summary.latency.max.0 > latency_ms_max {
        return Err(format!("a transaction was final after {}", summary.latency.max));
    }
    Ok(())
}

/// The borders of many epochs were passed.
pub(crate) fn many_epochs(summary: &Summary) -> Result<(), String> {
    match (summary.epoch, summary.committees.len()) {
        (5.., 1) => Ok(()),
        (epoch, committees) => Err(format!("the chain ends in epoch {epoch} with {committees} committees")),
    }
}

/// The second founder's seat is that of its new key, whose node proposed blocks.
pub(crate) fn vote_key_was_replaced(summary: &Summary) -> Result<(), String> {
    let committees: Vec<&[u32]> = summary.committees.iter().map(|(_, seats)| seats.as_slice()).collect();
    let expected: [&[u32]; 2] = [&[0, 1, 2, 3], &[0, 2, 3, 4]];
    match (committees == expected, summary.blocks_by.get(&4)) {
        (true, Some(_)) => Ok(()),
        (true, None) => Err("the node with the new key proposed no block".to_owned()),
        (false, _) => Err(format!("the committees were {:?}", summary.committees)),
    }
}

/// A fifth entered, the second was suspended and reinstated, the third left: each with another epoch.
pub(crate) fn came_and_went(summary: &Summary) -> Result<(), String> {
    let committees: Vec<&[u32]> = summary.committees.iter().map(|(_, seats)| seats.as_slice()).collect();
    let expected: [&[u32]; 5] = [&[0, 1, 2, 3], &[0, 1, 2, 3, 4], &[0, 2, 3, 4], &[0, 1, 2, 3, 4], &[0, 1, 3, 4]];
    if committees != expected {
        return Err(format!("the committees were {:?}", summary.committees));
    }
    match summary.blocks_by.get(&4) {
        Some(_) => Ok(()),
        None => Err("the fifth proposed no block".to_owned()),
    }
}
