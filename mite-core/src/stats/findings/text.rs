//! What findings say to people.

use std::fmt;

use super::Finding;
use crate::secret::masked;
use crate::units;

/// Bytes that are shown of what a finding is: it may quote an error with a whole page in
/// it.
const LONGEST: usize = 4_096;

/// Most bytes of a list in a text; all of it is in the events of the results.
const LONGEST_LIST: usize = 1_000;

/// What it is, and what to do about it; what a test's own code said is without secrets.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = Said(self).to_string();
        f.write_str(&units::within(&masked(&what), LONGEST))?;
        match self.remedy() {
            Some(remedy) => write!(f, "; {remedy}"),
            None => Ok(()),
        }
    }
}

/// All that it says, secrets too.
struct Said<'a>(&'a Finding);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.say(f)
    }
}

impl Finding {
    fn say(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |n: &u64, noun| units::count(*n, noun);
        match self {
            Self::Unmet { line, journey, pool, peak, reason, missing } => write!(
                f,
                "scenario {line} ({journey}): {} of journey time below its volume: {}",
                units::long_time(*missing),
                reason.say(pool.as_ref(), *peak)
            ),
            Self::ArrivalsDropped(dropped) => f.write_str(&dropped.say()),
            Self::FailsAtOnce { journey, failed, ended, typical } => write!(
                f,
                "{journey} failed {failed} of {}, and half of its journeys were over within {}: one that fails at once is started again at once, so the rates are not those of the volume that was asked for",
                count(ended, "time"),
                units::time(*typical)
            ),
            Self::PaceMissed { journey, blocks, late, by, reached } => write!(
                f,
                "{journey} went at {:.0} % of the pace of its fixed_separation or average_separation: {late} of {} took longer than that, by {} on average",
                reached * 100.0,
                count(blocks, "block"),
                units::time(*by)
            ),
            Self::Health(symptom) => write!(f, "{symptom}"),
            Self::NoneFound { line, journey, known, .. } => {
                write!(f, "scenario {line} ({journey}): {known}")
            }
            Self::NothingStarted => f.write_str("no journey was started"),
            Self::OnlyErrors { errors } => {
                write!(f, "{} and nothing that succeeded", count(errors, "error"))
            }
            Self::NothingEnded { executions } => write!(
                f,
                "nothing came of {}: all were cancelled when the test was over",
                count(executions, "journey")
            ),
            Self::Unserializable { values } => write!(
                f,
                "{} in messages could not be serialized and were sent as the reason",
                count(values, "value")
            ),
            Self::ValuesRefused { statistic, times } => write!(
                f,
                "statistic {statistic} was told {} what is no value for it",
                count(times, "time")
            ),
            Self::MessagesLost { messages } => {
                write!(f, "{} lost: whoever listened was too slow", count(messages, "message"))
            }
            Self::Saturated { requests } => write!(
                f,
                "{} took more than an hour; percentiles count an hour",
                count(requests, "request")
            ),
            Self::PoolWasEmpty { line, journey, pool } => write!(
                f,
                "scenario {line} ({journey}): its data pool {pool} had no items left, so none of it ran"
            ),
            Self::BelowItsWeight { line, journey, pool, passed, used_up } => {
                write!(
                    f,
                    "scenario {line}: {journey} was started less often than its weight in the mix says: its data pool {pool} "
                )?;
                if *passed > 0 {
                    let and = if *used_up { ", and " } else { "" };
                    write!(f, "had nothing for it {}{and}", count(passed, "time"))?;
                }
                if *used_up { f.write_str("was used up") } else { Ok(()) }
            }
            Self::ItemsInDoubt { items, some } => {
                write!(
                    f,
                    "{} with a runner that was lost; whether they were used is in doubt",
                    count(items, "data item")
                )?;
                let mut length = 0;
                let fits = |item: &&String| {
                    length += item.len() + 2;
                    length <= LONGEST_LIST
                };
                let named: Vec<&str> = some.iter().take_while(fits).map(String::as_str).collect();
                if named.is_empty() {
                    return Ok(());
                }
                write!(f, ": {}", named.join("; "))?;
                match items.saturating_sub(named.len() as u64) {
                    0 => Ok(()),
                    more => write!(f, "; and {more} more"),
                }
            }
            Self::LoadChanged { paused, scaled, least, most } => {
                f.write_str("load was changed by hand: ")?;
                if !paused.is_zero() {
                    let and = if scaled.is_zero() { "" } else { ", " };
                    write!(f, "paused for {}{and}", units::long_time(*paused))?;
                }
                if !scaled.is_zero() {
                    let to = if least < most { format!(" to ×{most}") } else { String::new() };
                    let time = units::long_time(*scaled);
                    write!(f, "×{least}{to} of what is planned for {time}")?;
                }
                f.write_str(match paused.is_zero() {
                    true => "; rates are over all of its time",
                    false => "; rates are over the time in which it was not paused",
                })
            }
            Self::KindsNeverSent { kinds } => {
                let kinds: Vec<_> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
                write!(
                    f,
                    "no message of type {} was sent, which --collector-filter names",
                    kinds.join(" or ")
                )
            }
            Self::KeysNeverAsked { keys } => {
                let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
                write!(f, "no code asked for the config of {}", keys.join(", "))
            }
            Self::Interrupted { signal, after, planned } => {
                let signal = match signal {
                    1 => "SIGHUP".to_owned(),
                    2 => "SIGINT".to_owned(),
                    15 => "SIGTERM".to_owned(),
                    other => format!("signal {other}"),
                };
                write!(f, "ended by {signal} after {}", units::long_time(*after))?;
                match planned {
                    Some(planned) => write!(f, " of {}", units::long_time(*planned)),
                    None => Ok(()),
                }
            }
            Self::Cancelled { executions } => write!(
                f,
                "{} still ran when the test was over and {} cancelled",
                count(executions, "journey"),
                if *executions == 1 { "was" } else { "were" }
            ),
            Self::Hopeless { times, why } => write!(
                f,
                "nothing succeeded and the same failure came {}, so the run was ended: {why}",
                count(times, "time")
            ),
            Self::ResultsUnwritten { output, why } => write!(f, "the {output} were lost: {why}"),
            Self::OutputFailed { output, why } => write!(f, "the {output} failed: {why}"),
            Self::PoolFailed { pool, given: None, why } => {
                write!(f, "pool `{pool}` failed, its journeys end: {why}")
            }
            Self::PoolFailed { pool, given: Some(given), why } => write!(
                f,
                "pool `{pool}` failed after {}, and its journeys end with them: {why}",
                count(given, "item")
            ),
            Self::VolumeInvalid { line, journey, why } => {
                write!(f, "scenario line {line} ({journey}) ended: {why}")
            }
            Self::Unanswered(unanswered) => write!(f, "{unanswered}"),
            Self::NetworkAway(away) => write!(f, "{away}"),
            Self::NetworkSlow(slow) => write!(f, "{slow}"),
            Self::Strays(strays) => write!(f, "{strays}"),
            Self::MessagesUnreached { group, messages } => write!(
                f,
                "{} sent to {group} and reached none of it: the server or its connections were too slow, or one of it was killed",
                were(*messages, "message")
            ),
            Self::RunnerLost { runner, process, from, to } => write!(
                f,
                "runner {runner}{} ended before its time; what it ran is lost, and what it did from {} to {} of the test is in no number",
                if process.is_empty() { String::new() } else { format!(" of {process}") },
                units::long_time(*from),
                units::long_time(*to)
            ),
            Self::Deposed { why } => write!(
                f,
                "this controller stopped, and its runners with it unless another one leads them: {why}"
            ),
            Self::StoreWentBack { at } => write!(
                f,
                "after {} of the test NATS had gone back to an older copy of what it keeps: what another controller would have to know was written again, and records that it had acknowledged since that copy are lost if no recorder had written them",
                units::long_time(*at)
            ),
            Self::ControllerRestarted { from, to, changed } => {
                write!(
                    f,
                    "the controller was away from {} to {} of the test: any arrivals that nobody could grant meanwhile are counted as dropped, and what was counted until then is a part of its own",
                    units::long_time(*from),
                    units::long_time(*to)
                )?;
                match changed.is_empty() {
                    true => Ok(()),
                    false => write!(f, "; it was started again with other {}", changed.join(", ")),
                }
            }
            Self::Elsewhere { process, finding } => write!(f, "{process}: {finding}"),
            Self::NoRunnerLeft => f.write_str("every runner ended before its time"),
            Self::StillRunning { journey, executions } => write!(
                f,
                "{executions} of {journey} still ran at the end and could not be cancelled: something in it blocks its thread"
            ),
            Self::Fault { what, times: 1 } => f.write_str(what),
            Self::Fault { what, times } => write!(f, "{what} ({times} times)"),
            Self::TeardownFailed { name, why } => {
                write!(
                    f,
                    "teardown `{name}` failed, so what the setup made may still be there: {why}"
                )
            }
            Self::ProcessorFailed { processor, times, why } => {
                write!(f, "message processor {processor} failed {}: {why}", count(times, "time"))
            }
            Self::ProcessorPanicked { processor, why } => {
                write!(f, "message processor {processor} got no more messages after a {why}")
            }
            Self::ProcessorMissed { processor, messages, slow } => write!(
                f,
                "message processor {processor}{}: {} did not reach it",
                if *slow { " was too slow" } else { "" },
                count(messages, "message")
            ),
            Self::ListenerPanicked { listener } => write!(f, "the {listener} panicked"),
            Self::ListenerLeft { listener, waiting, .. } => write!(
                f,
                "the {listener} did not come to an end and was left behind, with {} waiting",
                count(waiting, "message")
            ),
            Self::NotRecorded { messages, why } => {
                write!(f, "{} not recorded: {why}", count(messages, "message"))
            }
            Self::RecordsRemoved { records, file } => write!(
                f,
                "{} written to {file} before somebody else removed or cut it",
                count(records, "record")
            ),
            Self::RecordsUnwritten { why, written, unwritten } => write!(
                f,
                "records cannot be written to {why}; {} written, {unwritten} not",
                count(written, "record")
            ),
            Self::RecordsLost { records } => write!(
                f,
                "{} lost: they came faster than they could be written",
                count(records, "record")
            ),
            Self::MessagesUncollected { directory, why, written, unwritten } => write!(
                f,
                "messages cannot be collected in {directory}: {why}; {} written, {unwritten} not",
                count(written, "message")
            ),
            Self::CollectedLost { directory, messages } => write!(
                f,
                "{} missing in {directory}: they came faster than they could be written",
                count(messages, "message")
            ),
        }
    }
}

/// `1 message was`, `2 messages were`.
fn were(n: u64, noun: &str) -> String {
    format!("{} {}", units::count(n, noun), if n == 1 { "was" } else { "were" })
}
