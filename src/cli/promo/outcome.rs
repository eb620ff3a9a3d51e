//! What came of a campaign, and who wants no more of them.

use std::io::{BufReader, stdin};

use super::Edge;
use crate::{
    cli::{
        Exit,
        args::promo::outcome::{ReportArgs, UnsubscribeArgs},
        connect, fail,
        input::Operand,
        records::Records,
        words,
    },
    client::ClientError,
    wire::{
        Code, Record, Ticket,
        display::clean,
        report::{Report, Span},
        ticket::Action,
    },
};

/// `report`.
///
/// # Errors
/// 67 for a campaign or an ad that is none; what the CH server says.
pub fn report(args: ReportArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let (_, api) = connect::signed_in(edge.config, edge.common)?;
    let show = |report: Report, edge: &mut Edge<'_>| {
        edge.io.out.show(&Record::Report(Box::new(report.clone())), |_| table(&report))
    };
    let mut edge = edge;
    if let Some(name) = &args.name {
        show(api.report(name)?, &mut edge)?;
        return Ok(Exit::Done);
    }
    if let Some(ad) = &args.ad {
        let report = api.ad_report(ad).map_err(|error| match &error {
            ClientError::Refused(record) if record.code == Code::NotFound => {
                fail(Exit::NoUser, format!("no campaign of the ad {ad}"))
            }
            _ => error.into(),
        })?;
        show(report, &mut edge)?;
        return Ok(Exit::Done);
    }
    for campaign in api.campaigns()? {
        show(api.report(&campaign.name)?, &mut edge)?;
    }
    Ok(Exit::Done)
}

/// A report for people.
fn table(report: &Report) -> String {
    let what = match &report.campaign {
        Some(name) => format!("{}, ad {}", clean(name), clean(&report.ad)),
        None => format!("all campaigns of the ad {}", clean(&report.ad)),
    };
    let mut lines = vec![what];
    let mut rows = |title: &str, cells: &[(&str, u64)]| {
        let cells: Vec<String> = cells
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        let said = if cells.is_empty() { "none".to_owned() } else { cells.join(", ") };
        lines.push(format!("  {title:<9} {said}"));
    };
    rows(
        "mails",
        &[
            ("accepted", report.accepted),
            ("rejected", report.rejected),
            ("unknown", report.unknown),
            ("skipped", report.skipped),
            ("planned", report.planned),
            ("claimed", report.claimed),
            ("attempting", report.attempting),
            ("deferred", report.deferred),
        ],
    );
    rows("buttons", &[("pressed", report.pressed), ("conversations", report.conversations)]);
    rows("chats", &[("answered", report.answered), ("missed", report.missed), ("declined", report.declined)]);
    rows("lines", &[("by members", report.lines_theirs), ("by the shop", report.lines_ours)]);
    rows("goodbyes", &[("unsubscribed since", report.unsubscribed)]);
    if !report.course.is_empty() {
        lines.push(format!(
            "  {:<14} {:>8} {:>8} {:>8} {:>8}",
            "after the mail", "pressed", "answered", "missed", "lines"
        ));
        for span in &report.course {
            let Span { pressed, answered, missed, lines: said, .. } = span;
            lines.push(format!(
                "  {:<14} {pressed:>8} {answered:>8} {missed:>8} {said:>8}",
                until(span.until)
            ));
        }
    }
    lines.join("\n")
}

fn until(seconds: Option<u64>) -> String {
    match seconds {
        None => "later".to_owned(),
        Some(seconds) if seconds >= 86_400 => format!("within {}d", seconds / 86_400),
        Some(seconds) if seconds >= 3_600 => format!("within {}h", seconds / 3_600),
        Some(seconds) => format!("within {}m", seconds / 60),
    }
}

/// `unsubscribe`: does what each mail asks for; mails that ask for nothing are handed on.
///
/// # Errors
/// 64 at a terminal. What cannot be done for one mail is said, that mail is handed on, and the next is read.
pub fn unsubscribe(args: UnsubscribeArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    // Says so when there is nothing to read.
    if std::io::IsTerminal::is_terminal(&stdin()) {
        drop(Operand::Stdin.open()?);
    }
    let api = connect::anonymous(edge.config, edge.common)?;
    let io = edge.io;
    let (mut exit, mut done) = (Exit::Done, 0u64);
    for record in Records::new(BufReader::new(stdin())) {
        let mail = match record {
            Ok(Record::Mail(mail)) => mail,
            Ok(_) => continue,
            Err(error) => {
                exit = exit.and(io.report(&error.context("-")));
                continue;
            }
        };
        let ticket = mail.subject.as_deref().and_then(ticket);
        if let Some(ticket) = ticket.as_ref().filter(|_| args.dry_run) {
            let from = mail.from.as_deref().map(|from| format!(", who wrote as {from}")).unwrap_or_default();
            let member = ticket.claims().recipient;
            io.note(&format!("{}: member {member}{from}, would be unsubscribed", mail.source));
            done += 1;
            continue;
        }
        let asked = ticket.map(|ticket| api.unsubscribe(&ticket));
        match asked {
            Some(Ok(())) => {
                done += 1;
                continue;
            }
            Some(Err(error)) => {
                exit = exit.and(io.report(&anyhow::Error::from(error).context(mail.source.clone())));
            }
            None => {}
        }
        io.out.show(&Record::Mail(mail), |record| match record {
            Record::Mail(mail) => words::mail(mail, false),
            _ => String::new(),
        })?;
        io.out.flush()?;
    }
    let would = if args.dry_run { "would be " } else { "" };
    io.note(&format!("{done} {would}unsubscribed"));
    Ok(exit)
}

/// The `unsubscribe` ticket in a subject, whatever a mail program put around it.
fn ticket(subject: &str) -> Option<Ticket> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    subject
        .split(|c| !is_part(c))
        .filter_map(|word| word.parse::<Ticket>().ok())
        .find(|ticket| ticket.claims().action == Action::Unsubscribe)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_ticket_is_found_in_what_a_mail_program_makes_of_a_subject() {
        let text = "AQIAAWt6p5AAAAABAAAAAAAAACkAAAAHWKlK2i8Hozli-lAMLuZXWg";
        for subject in [
            format!("unsubscribe {text}"),
            format!("Re: [shop] unsubscribe <{text}>."),
            format!("수신거부:{text}"),
        ] {
            assert_eq!(ticket(&subject).unwrap().to_string(), text, "{subject}");
        }
        let chat = "AQEAAWt6p5AAADA5AAAAAAAAACkAAAAAWKlK2i8Hozli-lAMLuZXWg";
        for subject in ["unsubscribe", &format!("unsubscribe {chat}"), &format!("x{text}")] {
            assert_eq!(ticket(subject), None, "{subject}");
        }
    }

    #[test]
    fn a_span_is_said_in_the_largest_unit() {
        let said: Vec<_> = [Some(60), Some(14_400), Some(86_400), None].into_iter().map(until).collect();
        assert_eq!(said, ["within 1m", "within 4h", "within 1d", "later"]);
    }
}
