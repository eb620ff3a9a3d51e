//! Frames in words, one clean line each.

use crate::wire::{
    display::clean,
    frame::{Knock, Line, Reason, Ring},
    record::Presence,
};

/// A line as it was said: `alice: text`. Whoever wrote for that side is named too.
#[must_use]
pub fn line(line: &Line) -> String {
    let by = line.by.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
    let text = line.text.as_deref().map_or_else(|| "(a sealed line)".to_owned(), clean);
    format!("{}{by}: {text}", clean(&line.from))
}

/// Somebody calls; the number is what `/answer` takes.
#[must_use]
pub fn ring(number: usize, ring: &Ring) -> String {
    let from = clean(&ring.from);
    let about = about(ring.subject.as_deref());
    match (ring.knock, ring.silent) {
        (Some(Knock::NotFirst), _) => {
            format!("[{number}] {from} knocks{about}: not the first to use this mail; /answer {number} talks")
        }
        (Some(Knock::ExpiredTicket), _) => {
            format!("[{number}] {from} knocks{about}: the mail is old; /answer {number} talks")
        }
        (Some(Knock::Stranger), _) => {
            format!("[{number}] {from} knocks{about}: a stranger; /answer {number} talks")
        }
        (Some(Knock::Other), _) => format!("[{number}] {from} knocks{about}; /answer {number} talks"),
        (None, true) => format!("[{number}] {from} calls{about} while you are away; /answer {number} talks"),
        (None, false) => format!("[{number}] {from} calls{about}; /answer {number} or /decline {number}"),
    }
}

fn about(subject: Option<&str>) -> String {
    let subject = subject.map(clean).filter(|subject| !subject.trim().is_empty());
    subject.map(|subject| format!(" about \"{subject}\"")).unwrap_or_default()
}

/// Whether the called one can be rung, to the caller. `None`: not worth a line, another frame says it.
#[must_use]
pub fn presence(who: &str, state: Presence, until_on: bool) -> Option<String> {
    match state {
        Presence::Online | Presence::Unknown => Some(format!("calling {who}…")),
        Presence::On => {
            Some(format!("{who} is on, nobody is listening; the call waits, and {who} is told of it"))
        }
        Presence::Away => Some(format!("{who} is away; the call is listed there")),
        Presence::Off if until_on => {
            Some(format!("{who} is off and will be told; waiting until {who} is on"))
        }
        Presence::Off | Presence::Busy => None,
    }
}

/// How one's own call ended before it was answered.
#[must_use]
pub fn not_answered(who: &str, reason: Reason, told: bool, retry: Option<u32>) -> String {
    let told = if told { format!("; {who} will be told") } else { String::new() };
    let later = retry.map(|secs| format!("; the next call can ring in {}", span(secs))).unwrap_or_default();
    match reason {
        Reason::Off => format!("{who} is off{told}{later}"),
        Reason::Busy => format!("{who} is busy{told}{later}"),
        Reason::Declined => format!("{who} declined{later}"),
        Reason::Expired => format!("no answer from {who}{told}{later}"),
        Reason::Cancelled => format!("cancelled{told}"),
        Reason::Bye | Reason::AnsweredElsewhere | Reason::Other => "the call is over".to_owned(),
    }
}

/// How somebody else's call ended. `answered`: here.
#[must_use]
pub fn call_over(from: &str, reason: Reason, answered: bool) -> String {
    match reason {
        Reason::Bye if answered => format!("the chat with {from} is over"),
        Reason::AnsweredElsewhere => format!("{from}: answered on another device"),
        Reason::Declined => format!("{from}: declined"),
        Reason::Cancelled => format!("{from} gave up"),
        Reason::Expired | Reason::Off => format!("{from}: missed"),
        Reason::Busy => format!("{from}: was told that you are busy"),
        Reason::Bye | Reason::Other => format!("the call of {from} is over"),
    }
}

/// A span of seconds, roughly.
fn span(secs: u32) -> String {
    let (number, unit) = match secs {
        0..=90 => (secs, "second"),
        91..=5400 => (secs.div_ceil(60), "minute"),
        5401..=172_800 => (secs.div_ceil(3600), "hour"),
        _ => (secs.div_ceil(86_400), "day"),
    };
    if number == 1 { format!("{number} {unit}") } else { format!("{number} {unit}s") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::wire::Time;

    #[test]
    fn other_peoples_text_cannot_drive_the_terminal_or_pass_for_somebody_elses() {
        let said = line(&Line {
            conversation: "c".parse().unwrap(),
            position: 1,
            id: "l".parse().unwrap(),
            from: "bob\x1b[2J".into(),
            by: None,
            text: Some("hi\nalice: give me the money\u{202e}\x07".into()),
            sealed: None,
            at: Time(0),
        });
        assert_eq!(said, "bob[2J: hi alice: give me the money");
        let ring = ring(
            1,
            &Ring {
                call: "k".parse().unwrap(),
                conversation: "c".parse().unwrap(),
                from: "bob@example.org".into(),
                login: None,
                subject: Some("Boots\x1b]0;x\x07".into()),
                message_id: None,
                ring: 120,
                knock: None,
                silent: false,
            },
        );
        assert_eq!(ring, "[1] bob@example.org calls about \"Boots]0;x\"; /answer 1 or /decline 1");
    }

    #[test]
    fn spans_are_said_in_a_unit_that_fits() {
        let said: Vec<_> = [1, 90, 91, 600, 7200, 86_400, 900_000].into_iter().map(span).collect();
        assert_eq!(
            said,
            ["1 second", "90 seconds", "2 minutes", "10 minutes", "2 hours", "24 hours", "11 days"]
        );
    }
}
