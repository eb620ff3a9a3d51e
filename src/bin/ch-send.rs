//! `ch-send`: composes one mail with a chat button and hands it over (S101, S103, S105).

use std::{
    io::{self, IsTerminal, Read},
    path::Path,
    process::ExitCode,
};

use anyhow::Context;
use chmail::{
    cli::{
        self, Exit, Io,
        args::send::{ButtonWhen, SendArgs},
        config::{self, Config},
        connect,
        exit::OrFail,
        fail,
        input::{self, Operand},
        words,
    },
    mail::{
        address::Address,
        button,
        chat_line::Lang,
        compose::{Attachment, Draft, MediaType},
        mailbox::Mailbox,
        message_id::MessageId,
        scan,
        text::Unstructured,
        transport::{Access, Transport, Via, with_lf},
    },
    send::{Answer, Answers, ButtonWish, HostWish, Mailing, Pattern, Ready},
    wire::{
        Record, Time,
        record::{Sent, Status},
    },
};

/// Bytes of a text, plain or HTML.
const TEXT: usize = 16 << 20;
/// Bytes of all attachments together: encoded, a mail of them is as large as our readers take.
const ATTACHMENTS: usize = 40 << 20;

fn main() -> ExitCode {
    cli::run("ch-send", run)
}

fn run(args: SendArgs, io: &mut Io) -> anyhow::Result<Exit> {
    let config = Config::load()?;
    let from = from(&config, &args)?;
    let via = via(&config, &args)?;
    let answer = args.reply.as_ref().map(|operand| answer(operand, &from.address)).transpose()?;
    let mailing = write(&args, from, answer.as_ref(), io)?;
    let mut ready = with_buttons(mailing, &config, &args, answer, io)?;
    match via {
        Some(via) => {
            ready.check(&via)?;
            send(ready, &via, &config, &args, io)
        }
        None => {
            io.out.bytes(&with_lf(&ready.message(0)?))?;
            Ok(Exit::Done)
        }
    }
}

/// `--from`, else the setting, else the login's address.
fn from(config: &Config, args: &SendArgs) -> anyhow::Result<Mailbox> {
    if let Some(from) = &args.from {
        return Ok(from.clone());
    }
    if let Some(text) = config.from(None) {
        return text.parse().or_fail(Exit::Config, "from in config.toml");
    }
    match config.home().credentials()? {
        Some(me) if !me.mail.is_empty() => {
            me.mail.parse().or_fail(Exit::Config, "the address in the credentials")
        }
        _ => {
            let how = "say it with --from, or register: ch-register LOGIN --mail ADDRESS";
            Err(fail(Exit::Config, format!("nobody to send it from: {how}")))
        }
    }
}

/// The way out; `None` with `-n`, which takes none.
fn via(config: &Config, args: &SendArgs) -> anyhow::Result<Option<Via>> {
    let via = match config.via(args.via.as_deref()) {
        Some(text) => Some(text.parse().or_fail(Exit::Config, "--via")?),
        None => Via::local(),
    };
    if args.dry_run {
        return Ok(None);
    }
    via.map(Some).ok_or_else(|| {
        let how = "set --via or CH_VIA (smtp://HOST, …); to try it without a mail server: --via maildir:DIR";
        fail(Exit::Config, format!("no way to send mail: {how}"))
    })
}

fn answer(operand: &Operand, me: &Address) -> anyhow::Result<Answer> {
    if *operand == Operand::Stdin {
        let why = "the answer's text comes on standard input, so name the mail by its path";
        return Err(fail(Exit::Usage, format!("--reply -: {why}")));
    }
    let message = operand.read(scan::MESSAGE)?;
    Answer::to(&message, me, Time::now()).or_fail(Exit::Data, format!("answer {operand}"))
}

/// What the person wants to say, and to whom.
fn write(args: &SendArgs, from: Mailbox, answer: Option<&Answer>, io: &Io) -> anyhow::Result<Mailing> {
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
        return Err(fail(Exit::Usage, format!("nobody to send it to; {}", input::usage::<SendArgs>())));
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
    let lang = args.lang.unwrap_or_else(|| Lang::of_locale(&config::locale()));
    Ok(Mailing { draft, bcc, line: (!args.no_link).then_some(lang) })
}

/// All of standard input, as text.
fn typed(io: &Io) -> anyhow::Result<String> {
    if io::stdin().is_terminal() {
        io.note("write the mail; Ctrl-D at the beginning of a line ends it");
    }
    utf8(whole(io::stdin().lock(), "standard input", TEXT)?, "standard input")
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

fn attachments(paths: &[std::path::PathBuf]) -> anyhow::Result<Vec<Attachment>> {
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

fn with_buttons(
    mailing: Mailing,
    config: &Config,
    args: &SendArgs,
    answer: Option<Answer>,
    io: &Io,
) -> anyhow::Result<Ready> {
    if args.button == ButtonWhen::Never {
        return Ok(mailing.plain());
    }
    let wish = ButtonWish {
        host: host(config, args)?,
        no_button_to: config.file().no_button_to.iter().map(|text| Pattern::from(text.as_str())).collect(),
        answers: answer.map(|answer| Answers {
            whom: answer.to.into_iter().map(|mailbox| mailbox.address).collect(),
            chat: answer.chat,
            ids: answer.references,
        }),
    };
    let made = match connect::signed_in(config, &args.common) {
        Ok((_, api)) => mailing.with_buttons(&api, &wish).map_err(|(mailing, error)| (mailing, error.into())),
        Err(error) => Err((Box::new(mailing), error)),
    };
    made.or_else(|(mailing, error)| match args.button {
        ButtonWhen::Auto => {
            io.report(&error.context("sent without a chat button"));
            Ok(mailing.plain())
        }
        _ => Err(error),
    })
}

fn host(config: &Config, args: &SendArgs) -> anyhow::Result<HostWish> {
    let flag = args.host.as_deref();
    match config.host(flag) {
        Some(name) if button::is_host(name) => Ok(HostWish::Name(name.to_owned())),
        Some(name) => Err(fail(Exit::Config, format!("--host or CH_HOST: {name:?} is no host name"))),
        None if config.host_is_address(flag) => Ok(HostWish::Address),
        None => Ok(HostWish::Server),
    }
}

/// Everybody is tried; what failed for whom is a line on standard error.
fn send(mut ready: Ready, via: &Via, config: &Config, args: &SendArgs, io: &mut Io) -> anyhow::Result<Exit> {
    let access = Access {
        password: if via.needs_password() { config.password()?.map(Into::into) } else { None },
        ca: config.ca(args.common.ca.as_deref()),
        ..Access::default()
    };
    let mut transport = Transport::open(via, &access);
    if ready.count() > 1 {
        transport = transport.several();
    }
    let face = io.face().clone();
    let mut exit = Exit::Done;
    let mut unwritten = None;
    ready.send::<anyhow::Error>(&mut transport, |sent| {
        exit = exit.and(outcome(&sent, io));
        // Whoever reads the receipts may go away; the mails still go out.
        if face.json || face.verbose {
            let shown = io
                .out
                .show(&Record::Sent(sent), |record| match record {
                    Record::Sent(sent) => words::sent(sent),
                    _ => String::new(),
                })
                .and_then(|()| io.out.flush());
            unwritten = unwritten.take().or(shown.err());
        }
        Ok(())
    })?;
    match unwritten {
        Some(error) if exit == Exit::Done => Err(error.into()),
        _ => Ok(exit),
    }
}

fn outcome(sent: &Sent, io: &Io) -> Exit {
    let (exit, what) = match sent.status {
        Status::Accepted | Status::Queued => return Exit::Done,
        Status::Deferred => (Exit::TempFail, "not now"),
        Status::Unknown => (Exit::TempFail, "nobody knows whether it was taken"),
        Status::Rejected => (Exit::Refused, "refused"),
    };
    let code = sent.code.map(|code| format!(" {code}")).unwrap_or_default();
    let reply = sent.reply.as_deref().map(|reply| format!(" {reply}")).unwrap_or_default();
    io.report(&fail(exit, format!("send to {}: {what}:{code}{reply}", sent.recipient)))
}
