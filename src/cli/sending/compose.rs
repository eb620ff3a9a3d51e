//! `ch-send --to …`: from flags and a text on standard input to a draft.

use std::{
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::{
    cli::{Exit, Io, args::send::SendArgs, exit::OrFail, fail, input::Operand, machine},
    mail::{
        address::Address,
        chat_line::Lang,
        compose::{Attachment, Draft, MediaType},
        mailbox::Mailbox,
        message_id::MessageId,
        scan,
        text::Unstructured,
    },
    send::{Answer, Mailing},
    wire::Time,
};

/// Bytes of a text, plain or HTML.
const TEXT: usize = 16 << 20;
/// Bytes of all attachments together: encoded, a mail of them is as large as our readers take.
const ATTACHMENTS: usize = 40 << 20;

/// What an answer by `me` takes over from the mail in `operand`.
///
/// # Errors
/// 64 for standard input, 65 when nobody can be answered, 66 when it cannot be opened.
pub fn answer(operand: &Operand, me: &Address) -> anyhow::Result<Answer> {
    if *operand == Operand::Stdin {
        let why = "the answer's text comes on standard input, so name the mail by its path";
        return Err(fail(Exit::Usage, format!("--reply -: {why}")));
    }
    let message = operand.read(scan::MESSAGE)?;
    Answer::to(&message, me, Time::now()).or_fail(Exit::Data, format!("answer {operand}"))
}

/// What the person wants to say, and to whom.
///
/// # Errors
/// 64 when it is for nobody, 65 when there is nothing in it, 66 when a file cannot be opened.
pub fn write(args: &SendArgs, from: Mailbox, answer: Option<&Answer>, io: &Io) -> anyhow::Result<Mailing> {
    let id = MessageId::generate(&from.address.domain()).or_fail(Exit::Software, "make a Message-ID")?;
    let mut draft = Draft::new(from, args.to.iter().flatten().cloned().collect(), id, Time::now());
    draft.cc = args.cc.iter().flatten().cloned().collect();
    let bcc: Vec<Address> = args.bcc.iter().flatten().map(|mailbox| mailbox.address.clone()).collect();
    draft.subject.clone_from(&args.subject);
    if let Some(answer) = answer {
        if draft.to.is_empty() {
            draft.to.clone_from(&answer.to);
        }
        draft.subject.get_or_insert_with(|| answer.subject.clone());
        draft.in_reply_to.clone_from(&answer.in_reply_to);
        draft.references.clone_from(&answer.references);
    }
    if draft.to.is_empty() && draft.cc.is_empty() && bcc.is_empty() {
        return Err(fail(Exit::Usage, "nobody to send it to: say it with --to"));
    }
    draft.attachments = attachments(&args.attach)?;
    match &args.html {
        Some(Operand::Stdin) => draft.html = Some(typed(io)?),
        html => {
            draft.html = html.as_ref().map(|file| utf8(file.read(TEXT)?, &file.to_string())).transpose()?;
            draft.text = Some(typed(io)?);
        }
    }
    let is_empty = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
    if is_empty(&draft.text) && is_empty(&draft.html) && draft.attachments.is_empty() {
        return Err(fail(Exit::Data, "the mail is empty: its text is read from standard input"));
    }
    if is_empty(&draft.text) && draft.html.is_some() {
        draft.text = None;
    }
    Ok(Mailing::of_draft(draft, bcc, (!args.no_link).then(|| language(args))))
}

/// What language the chat line is in.
#[must_use]
pub fn language(args: &SendArgs) -> Lang {
    args.lang.unwrap_or_else(|| Lang::of_locale(&machine::locale()))
}

/// All of standard input, as text.
fn typed(io: &Io) -> anyhow::Result<String> {
    utf8(standard_input(TEXT, io)?, "standard input")
}

/// All of standard input; at a terminal the person is told how to end it.
///
/// # Errors
/// 65 when it is longer than `limit` bytes, 74 when reading fails.
pub fn standard_input(limit: usize, io: &Io) -> anyhow::Result<Vec<u8>> {
    if io::stdin().is_terminal() {
        io.note("write the mail; Ctrl-D at the beginning of a line ends it");
    }
    whole(io::stdin().lock(), "standard input", limit)
}

/// All there is to read, which may be nothing.
fn whole(from: impl Read, what: &str, limit: usize) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(limit as u64 + 1).read_to_end(&mut bytes).or_fail(Exit::Io, format!("read {what}"))?;
    if bytes.len() > limit {
        return Err(fail(Exit::Data, format!("read {what}: it is longer than {limit} bytes")));
    }
    Ok(bytes)
}

fn utf8(bytes: Vec<u8>, what: &str) -> anyhow::Result<String> {
    String::from_utf8(bytes).map_err(|_| fail(Exit::Data, format!("read {what}: it is not UTF-8")))
}

fn attachments(paths: &[PathBuf]) -> anyhow::Result<Vec<Attachment>> {
    let mut left = ATTACHMENTS;
    let mut files = Vec::new();
    for path in paths {
        let operand = Operand::Path(path.clone());
        let content =
            operand.open().and_then(|file| whole(file, &operand.to_string(), left)).context("attach")?;
        left -= content.len();
        let name = path.file_name().unwrap_or(Path::new("file").as_os_str()).to_string_lossy();
        let (name, media_type) = (Unstructured::lossy(&name), MediaType::of_file(&name));
        files.push(Attachment { name, media_type, content });
    }
    Ok(files)
}
