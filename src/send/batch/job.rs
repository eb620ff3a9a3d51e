//! From a line of input to what is to be sent: parsed, checked, not yet written.

use serde_json::Value;

use crate::{
    mail::{
        address::Address,
        compose::{Attachment, Draft, MediaType},
        mailbox::{self, Mailbox},
        message_id::MessageId,
        scan,
        submission::{Missing, Submission},
        text::{FieldName, Unstructured},
        transport::Outcome,
    },
    wire::{
        Record, Ticket, Time,
        record::{Job, OneOrMany, Sent, Status},
    },
};

/// How a job's line begins when we wrote it.
const OURS: &[u8] = b"{\"v\":1,\"type\":\"job\",";
/// Bytes of all attachments of a job.
const ATTACHMENTS: u64 = 40 << 20;

/// A job that can be written.
#[derive(Debug)]
pub struct Work {
    /// What it says.
    pub content: Content,
    /// Failures go there.
    pub reverse_path: Option<Address>,
    /// Who gets it, each once.
    pub recipients: Vec<Address>,
    /// Whether there is to be a button.
    pub chat: bool,
    /// Whether the CH server may name it: the job says no Message-ID.
    pub unnamed: bool,
    /// For the receipts.
    pub slip: Slip,
}

impl Work {
    /// Names the mail anew.
    pub fn name(&mut self, name: MessageId) {
        if let Content::Draft(draft) = &mut self.content {
            self.slip.message_id = Some(name.to_string());
            draft.message_id = name;
        }
    }
}

/// What goes with a letter until its receipts are written.
#[derive(Debug, Clone)]
pub struct Slip {
    /// The job's own name.
    pub reference: Option<String>,
    /// The Message-ID, without brackets.
    pub message_id: Option<String>,
    /// Made durable before the message's final dot.
    pub mark: Option<Ticket>,
}

impl Slip {
    /// The receipt of one recipient.
    #[must_use]
    pub fn receipt(&self, outcome: Outcome, at: Time) -> Sent {
        Sent {
            reference: self.reference.clone(),
            recipient: outcome.recipient.to_string(),
            status: outcome.status,
            code: outcome.code,
            reply: outcome.reply,
            message_id: self.message_id.clone(),
            at,
        }
    }
}

/// What is sent.
#[derive(Debug)]
pub enum Content {
    /// To be written.
    Draft(Box<Draft>),
    /// As it is, byte for byte.
    Whole(Vec<u8>),
    /// Finished, but for header fields that are added or taken out.
    Finished(Box<Submission>),
}

/// Why a line is not sent.
#[derive(Debug)]
pub enum BadLine {
    /// It is no job.
    NoJob(String),
    /// It is one, and something in it is no good.
    Job(BadJob),
}

/// A job that cannot go out.
#[derive(Debug)]
pub struct BadJob {
    reference: Option<String>,
    to: OneOrMany,
    /// What is wrong with it.
    pub why: String,
}

impl BadJob {
    /// For each recipient, as the job names them; one for nobody when it names none.
    pub fn receipts(self) -> Vec<Sent> {
        let Self { reference, to, why } = self;
        let mut names = Vec::new();
        for text in to.texts() {
            match mailbox::parse_list(text) {
                Ok(list) => names.extend(list.iter().map(|mailbox| mailbox.address.to_string())),
                Err(_) => names.push(text.clone()),
            }
        }
        if names.is_empty() {
            names.push(String::new());
        }
        let at = Time::now();
        let receipt = |recipient| Sent {
            reference: reference.clone(),
            recipient,
            status: Status::Rejected,
            code: None,
            reply: Some(why.clone()),
            message_id: None,
            at,
        };
        names.into_iter().map(receipt).collect()
    }
}

/// Reads one line. `Ok(None)`: a record of a type that we do not know.
///
/// # Errors
/// What is wrong with it.
pub fn parse(line: &[u8]) -> Result<Option<Job>, BadLine> {
    let bad = |error: serde_json::Error| of_sorts(line, &error);
    if line.starts_with(OURS) {
        return serde_json::from_slice(line).map(Some).map_err(bad);
    }
    match serde_json::from_slice(line).map_err(bad)? {
        Record::Job(job) => Ok(Some(*job)),
        Record::Unknown => Ok(None),
        _ => Err(BadLine::NoJob("not a job".to_owned())),
    }
}

/// A job in which a field is not what it should be is a job all the same: whoever sent it waits for its receipt.
fn of_sorts(line: &[u8], error: &serde_json::Error) -> BadLine {
    let why = format!("not a record: {error}");
    match serde_json::from_slice::<Value>(line) {
        Ok(job) if job["type"] == "job" => BadLine::Job(BadJob {
            reference: job["ref"].as_str().map(str::to_owned),
            to: serde_json::from_value(job["to"].clone()).unwrap_or_default(),
            why,
        }),
        _ => BadLine::NoJob(why),
    }
}

/// Checks a job. `from`: who it is from when it does not say; `buttons`: whether anybody gets one, else finished
/// messages need not be taken apart.
///
/// # Errors
/// What is wrong with it.
pub fn work(mut job: Job, from: Option<&Mailbox>, buttons: bool) -> Result<Work, BadJob> {
    check(&mut job, from, buttons).map_err(|why| BadJob { reference: job.reference, to: job.to, why })
}

fn check(job: &mut Job, from: Option<&Mailbox>, buttons: bool) -> Result<Work, String> {
    let own =
        job.from.as_deref().map(str::parse::<Mailbox>).transpose().map_err(|why| format!("from: {why}"))?;
    let mut to = Vec::new();
    for text in job.to.texts() {
        to.extend(mailbox::parse_list(text).map_err(|why| format!("to: {why}"))?);
    }
    let mut seen = std::collections::HashSet::new();
    let several = to.len() > 1;
    let recipients: Vec<Address> = to
        .iter()
        .map(|mailbox| &mailbox.address)
        .filter(|address| !several || seen.insert(address.normalised()))
        .cloned()
        .collect();
    if recipients.is_empty() {
        return Err("to: nobody".to_owned());
    }
    let chat = buttons && job.chat != Some(false);
    if let Some(raw) = job.raw.take() {
        let others = job.subject.is_some() || job.text.is_some() || job.html.is_some();
        if others || !job.headers.is_empty() || !job.attachments.is_empty() {
            return Err("raw: a finished message has no other parts".to_owned());
        }
        let (content, sender, message_id, has_button) = finished(raw, own.as_ref().or(from), chat)?;
        let slip = Slip { reference: job.reference.take(), message_id, mark: job.mark.take() };
        let reverse_path = own.map(|mailbox| mailbox.address).or(sender);
        let chat = chat && !has_button;
        return Ok(Work { content, reverse_path, recipients, chat, unnamed: false, slip });
    }
    let from = own.or_else(|| from.cloned()).ok_or("from: nobody")?;
    let id = MessageId::generate(&from.address.domain()).map_err(|why| why.to_string())?;
    let reverse_path = Some(from.address.clone());
    let mut draft = Draft::new(from, to, id, Time::now());
    let subject = job.subject.take().map(|text| text.parse()).transpose();
    draft.subject = subject.map_err(|why| format!("subject: {why}"))?;
    (draft.text, draft.html) = (job.text.take(), job.html.take());
    let unnamed = !job.headers.keys().any(|name| name.eq_ignore_ascii_case("Message-ID"));
    fields(&mut draft, std::mem::take(&mut job.headers))?;
    draft.attachments = attachments(&job.attachments)?;
    let is_empty = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
    if is_empty(&draft.text) && is_empty(&draft.html) && draft.attachments.is_empty() {
        return Err("the mail is empty".to_owned());
    }
    let message_id = Some(draft.message_id.to_string());
    let slip = Slip { reference: job.reference.take(), message_id, mark: job.mark.take() };
    Ok(Work { content: Content::Draft(Box::new(draft)), reverse_path, recipients, chat, unnamed, slip })
}

/// A finished message: what of it goes out, its sender, its Message-ID, whether it has a button.
fn finished(
    raw: String,
    from: Option<&Mailbox>,
    chat: bool,
) -> Result<(Content, Option<Address>, Option<String>, bool), String> {
    let header = scan::header(raw.as_bytes(), |_| false);
    let first = |name| header.first(name);
    let hidden = first("Bcc").or(first("Resent-Bcc")).is_some();
    let whole = header.problems.is_empty()
        && header.body.is_some()
        && ["From", "Date", "Message-ID"].iter().all(|name| first(name).is_some());
    let has_button = crate::mail::button::NAMES.iter().any(|name| first(name).is_some());
    if whole && !hidden && (!chat || has_button) {
        let text = |name| first(name).and_then(|field| std::str::from_utf8(field.value).ok());
        let id = text("Message-ID").and_then(|id| id.parse::<MessageId>().ok()).map(|id| id.to_string());
        let sender = text("From").and_then(|from| from.trim().parse::<Mailbox>().ok()).or(from.cloned());
        return Ok((Content::Whole(raw.into_bytes()), sender.map(|sender| sender.address), id, has_button));
    }
    let mut submission = Submission::read(raw.as_bytes(), false).map_err(|why| format!("raw: {why}"))?;
    let sender = submission.sender().or(from).cloned().ok_or("from: nobody")?;
    let message_id = MessageId::generate(&sender.address.domain()).map_err(|why| why.to_string())?;
    submission.complete(Missing { from: sender.clone(), date: Time::now(), message_id });
    let id = submission.message_id().map(ToString::to_string);
    Ok((Content::Finished(Box::new(submission)), Some(sender.address), id, has_button))
}

/// Further header fields; those that a draft has a place for go there.
fn fields(draft: &mut Draft, headers: std::collections::BTreeMap<String, String>) -> Result<(), String> {
    let ids = |value: &str| -> Result<Vec<MessageId>, String> {
        value.split_ascii_whitespace().map(|id| id.parse().map_err(|why| format!("headers: {why}"))).collect()
    };
    let list = |value: &str| mailbox::parse_list(value).map_err(|why| format!("headers: {why}"));
    for (name, value) in headers {
        match name.to_ascii_lowercase().as_str() {
            "message-id" => {
                draft.message_id = value.parse().map_err(|why| format!("headers: {why}"))?;
            }
            "reply-to" => draft.reply_to = list(&value)?,
            "cc" => draft.cc = list(&value)?,
            "in-reply-to" => draft.in_reply_to = ids(&value)?,
            "references" => draft.references = ids(&value)?,
            _ => {
                let field: FieldName = name.parse().map_err(|why| format!("headers: {name:?}: {why}"))?;
                let value: Unstructured = value.parse().map_err(|why| format!("headers: {name}: {why}"))?;
                draft.fields.push((field, value));
            }
        }
    }
    Ok(())
}

fn attachments(paths: &[String]) -> Result<Vec<Attachment>, String> {
    let mut left = ATTACHMENTS;
    let mut files = Vec::new();
    for path in paths {
        let failed = |why: &dyn std::fmt::Display| format!("attachments: {path}: {why}");
        let mut content = Vec::new();
        let file = std::fs::File::open(path).map_err(|why| failed(&why))?;
        std::io::Read::read_to_end(&mut std::io::Read::take(file, left + 1), &mut content)
            .map_err(|why| failed(&why))?;
        left = left.checked_sub(content.len() as u64).ok_or_else(|| failed(&"too large"))?;
        let name = path.rsplit('/').next().unwrap_or(path);
        let (name, media_type) = (Unstructured::lossy(name), MediaType::of_file(name));
        files.push(Attachment { name, media_type, content });
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn made(line: &str) -> Result<Work, String> {
        let why = |bad| match bad {
            BadLine::NoJob(why) | BadLine::Job(BadJob { why, .. }) => why,
        };
        let job = parse(line.as_bytes()).map_err(why)?.ok_or("unknown")?;
        work(job, Some(&"me@x.example".parse().unwrap()), true).map_err(|bad| bad.why)
    }

    #[test]
    fn a_job_becomes_a_draft_or_stays_a_message() {
        let job = made(r#"{"type":"job","ref":"1","to":["Bob <b@y>, c@y","B@y"],"text":"Hi","headers":{"Message-ID":"<k@x>","X-A":"1"}}"#).unwrap();
        let Content::Draft(draft) = &job.content else { unreachable!() };
        assert_eq!((job.recipients.len(), draft.to.len(), draft.fields.len()), (2, 3, 1));
        assert_eq!(draft.message_id.as_str(), "k@x");
        let raw = r#"{"v":1,"type":"job","to":"b@y","chat":false,"raw":"From: a@x\nDate: x\nMessage-ID: <1@x>\n\nHi"}"#;
        let job = made(raw).unwrap();
        assert!(matches!(job.content, Content::Whole(_)) && !job.chat);
        assert_eq!(
            (job.slip.message_id.as_deref(), job.reverse_path.unwrap().as_str()),
            (Some("1@x"), "a@x")
        );
    }

    #[test]
    fn a_finished_message_shows_no_bcc_and_gets_what_it_lacks() {
        let job = made(r#"{"type":"job","to":"b@y","raw":"From: a@x\nBcc: c@y\n\nHi"}"#).unwrap();
        let Content::Finished(submission) = &job.content else { unreachable!() };
        let text = String::from_utf8(submission.message("")).unwrap();
        assert!(
            !text.contains("Bcc") && text.contains("\nMessage-ID: <") && text.contains("\nDate: "),
            "{text}"
        );
    }

    #[test]
    fn a_job_that_is_no_good_has_a_receipt_for_each_of_its_recipients() {
        let who = |line: &str| {
            let bad = match parse(line.as_bytes()) {
                Ok(job) => work(job.unwrap(), None, false).unwrap_err(),
                Err(BadLine::Job(bad)) => bad,
                Err(BadLine::NoJob(why)) => panic!("{why}"),
            };
            let receipts = bad.receipts();
            assert!(receipts.iter().all(|sent| sent.status == Status::Rejected && sent.reply.is_some()));
            let name = |sent: Sent| format!("{}:{}", sent.reference.unwrap_or_default(), sent.recipient);
            receipts.into_iter().map(name).collect::<Vec<_>>().join(" ")
        };
        for (line, due) in [
            (
                r#"{"type":"job","ref":"1","to":["Bob <b@y>, c@y","nobody"],"from":"a@x","text":"Hi"}"#,
                "1:b@y 1:c@y 1:nobody",
            ),
            (r#"{"type":"job","ref":"2","to":"b@y","from":"a@x","attachments":["/no/file"]}"#, "2:b@y"),
            (r#"{"type":"job","ref":"3","to":["b@y"],"from":"a@x","raw":"x","text":"y"}"#, "3:b@y"),
            (r#"{"v":1,"type":"job","ref":"4","to":["b@y","c@y"],"mark":"junk","raw":"x"}"#, "4:b@y 4:c@y"),
            (r#"{"type":"job","ref":"5","text":"Hi","from":"a@x"}"#, "5:"),
        ] {
            assert_eq!(who(line), due, "{line}");
        }
    }

    #[test]
    fn a_bad_job_says_what_is_wrong() {
        for (line, why) in [
            ("no", "not a record"),
            (r#"{"type":"sent","recipient":"a@b","status":"accepted","at":"2026-01-01T00:00:00Z"}"#, "not a"),
            (r#"{"type":"job","text":"Hi"}"#, "to: nobody"),
            (r#"{"type":"job","to":"b","text":"Hi"}"#, "to: "),
            (r#"{"type":"job","to":"b@y\r\nRCPT TO:<c@y>","text":"Hi"}"#, "to: "),
            (r#"{"type":"job","to":"b@y"}"#, "the mail is empty"),
            (r#"{"type":"job","to":"b@y","text":"Hi","subject":"a\nBcc: c@y"}"#, "subject: "),
            (r#"{"type":"job","to":"b@y","text":"Hi","headers":{"A\r\nB":"c"}}"#, "headers: "),
            (r#"{"type":"job","to":"b@y","text":"Hi","headers":{"A":"c\nB: d"}}"#, "headers: "),
            (r#"{"type":"job","to":"b@y","text":"Hi","attachments":["/no/file"]}"#, "attachments: "),
            (r#"{"type":"job","to":"b@y","raw":"x","text":"Hi"}"#, "raw: "),
        ] {
            let said = made(line).unwrap_err();
            assert!(said.starts_with(why), "{line}: {said}");
        }
        assert_eq!(made(r#"{"type":"new"}"#).unwrap_err(), "unknown");
    }
}
