//! `ch-register`: registers a login (S101), keeps its host and presence fresh, prints who called meanwhile (S117).

use std::{
    collections::HashSet,
    io,
    os::{fd::AsFd, unix::process::CommandExt},
    process::{Command, ExitCode, Stdio},
    time::Duration,
};

use anyhow::Context;
use chmail::{
    cli::{
        self, Exit, Io,
        args::register::RegisterArgs,
        config::Config,
        connect,
        exit::{self, OrFail},
        fail,
        input::{self, Operand},
        machine, words,
    },
    client::{
        Api, ClientError, Credentials, Home,
        enroll::{How, Wish, enroll},
    },
    mail::read::{Depth, read},
    wire::{
        Code, LoginId, Record, Ticket, Time,
        ask::{Refresh, Refreshed, Waiting},
        display::clean,
        record::{Login, Notice},
        secret,
    },
};

/// Bytes of a file that may hold a code.
const CODE_FILE: usize = 4096;
/// Bytes of a confirmation mail.
const MESSAGE: usize = 1 << 20;
/// Refreshes of one run: each brings a hundred notices.
const ROUNDS: usize = 100;

fn main() -> ExitCode {
    cli::run("ch-register", |args: RegisterArgs, io| {
        let done = run(&args, io);
        match &done {
            // From cron, a server that is down or a run that overlaps is no news.
            Err(error) if args.common.face.quiet && exit::of(error) == Some(Exit::TempFail) => {
                Ok(Exit::TempFail)
            }
            _ => done,
        }
    })
}

fn run(args: &RegisterArgs, io: &mut Io) -> anyhow::Result<Exit> {
    let config = Config::load()?;
    match &args.login {
        Some(login) if args.recover => recover(&config, args, login, io)?,
        Some(login) => register(&config, args, login, io)?,
        None if args.invite => invite(&config, args, io)?,
        None if args.devices => devices(&config, args, io)?,
        None if args.delete => delete(&config, args)?,
        None if args.confirm_again => connect::signed_in(&config, &args.common)?.1.confirm_again()?,
        None => match (&args.revoke, &args.confirm) {
            (Some(device), _) => connect::signed_in(&config, &args.common)?.1.revoke(device)?,
            (_, Some(operand)) => confirm(&config, args, operand, io)?,
            _ => refresh(&config, args, io)?,
        },
    }
    Ok(Exit::Done)
}

fn register(config: &Config, args: &RegisterArgs, login: &LoginId, io: &mut Io) -> anyhow::Result<()> {
    let how = match (&args.mail, &args.code_file) {
        (_, Some(file)) => How::Code(code(file)?),
        (Some(mail), None) => How::Mail(mail.clone()),
        (None, None) => return Err(fail(Exit::Usage, "LOGIN needs --mail ADDRESS")),
    };
    let _lock = config.home().lock("register")?;
    // Not the server of other credentials: whom this directory belongs to is for enroll to say.
    let own = config.home().credentials()?.filter(|own| own.login == *login);
    let server = connect::server(config, &args.common, own.as_ref())?;
    let http = connect::http_to(config, &args.common, &server)?;
    let device = args.device.clone().or_else(machine::name);
    let wish = Wish { login: login.clone(), how, device };
    let registered = match enroll(config.home(), &http, &wish) {
        // A wrong code is a wrong password.
        Err(ClientError::Refused(record)) if record.code == Code::NotFound => {
            Err(ClientError::Refused(record)).or_fail(Exit::Auth, format!("register {login}"))
        }
        done => done.with_context(|| format!("register {login}")),
    }?;
    // The person is here: from now on the first database holds their host.
    let me = config.home().credentials()?;
    let api = me.map(|me| Api::signed_in(http, &me)).transpose()?;
    let host = config.host(args.host.as_deref()).map(str::to_owned);
    let refreshed = api.map(|api| tell(config.home(), &api, host, false)).transpose()?;
    say_login(args, io, refreshed.map_or(registered, |refreshed| refreshed.login))
}

/// The code in a file: its first line, or a `code` record as `--invite` prints it into a pipe.
fn code(file: &Operand) -> anyhow::Result<String> {
    // At a terminal it is typed, and ends with the line.
    let typed = if *file == Operand::Stdin { input::ask("code: ")? } else { None };
    let text = match typed {
        Some(line) => line,
        None => String::from_utf8(file.read(CODE_FILE)?).or_fail(Exit::Data, format!("read {file}"))?,
    };
    let line = text.lines().next().unwrap_or_default().trim();
    match serde_json::from_str(line) {
        Ok(Record::Code(record)) => Ok(record.code),
        _ if line.is_empty() || line.starts_with('{') => {
            Err(fail(Exit::Data, format!("read {file}: no code in it")))
        }
        _ => Ok(line.to_owned()),
    }
}

fn recover(config: &Config, args: &RegisterArgs, login: &LoginId, io: &mut Io) -> anyhow::Result<()> {
    connect::anonymous(config, &args.common)?.recover(login)?;
    io.note(&format!(
        "if {login} has a confirmed address, a code is on its way to it; then: ch-register {login} --code-file -"
    ));
    Ok(())
}

fn invite(config: &Config, args: &RegisterArgs, io: &mut Io) -> anyhow::Result<()> {
    let (me, api) = connect::signed_in(config, &args.common)?;
    let code = api.code()?;
    if io.out.is_terminal() && !io.out.is_records() {
        let until = words::time(code.expires);
        io.note(&format!("good once, until {until}; there: ch-register {} --code-file -", me.login));
    }
    let text = clean(&code.code);
    Ok(io.out.show(&Record::Code(code), |_| text)?)
}

fn devices(config: &Config, args: &RegisterArgs, io: &mut Io) -> anyhow::Result<()> {
    for device in connect::signed_in(config, &args.common)?.1.devices()? {
        let line = words::device(&device);
        io.out.show(&Record::Device(device), |_| line)?;
    }
    Ok(())
}

fn delete(config: &Config, args: &RegisterArgs) -> anyhow::Result<()> {
    let _lock = config.home().lock("register")?;
    let (Credentials { login, server, .. }, api) = connect::signed_in(config, &args.common)?;
    let question =
        format!("delete {login} at {server} for good, with its ports and conversations? Its name: ");
    if !args.yes {
        match input::ask(&question)? {
            Some(answer) if answer.trim() == login.as_str() => {}
            Some(_) => return Err(fail(Exit::Usage, format!("{login} is kept: that was not its name"))),
            None => return Err(fail(Exit::Usage, format!("nobody to ask: to delete {login}, say --yes"))),
        }
    }
    api.delete_login()?;
    config.home().write_seen(&[])?;
    Ok(config.home().remove_credentials()?)
}

fn confirm(config: &Config, args: &RegisterArgs, operand: &Operand, io: &mut Io) -> anyhow::Result<()> {
    let ticket = match ticket_of(&operand.to_string()) {
        Some(ticket) => ticket,
        None => ticket_in(operand)?,
    };
    let login = connect::anonymous(config, &args.common)?.confirm(&ticket)?;
    say_login(args, io, login)
}

/// The ticket that a mail, or a `mail` record, asks to give back.
fn ticket_in(operand: &Operand) -> anyhow::Result<Ticket> {
    let bytes = operand.read(MESSAGE)?;
    let text = match bytes.first() {
        Some(b'{') => match serde_json::from_slice(&bytes) {
            Ok(Record::Mail(mail)) => mail.text,
            _ => return Err(fail(Exit::Data, format!("read {operand}: no mail record"))),
        },
        _ => read(&operand.to_string(), &bytes, Time::now(), Depth::Full).text,
    };
    let text = text.unwrap_or_default();
    text.split_whitespace()
        .filter(|word| word.contains("/confirm?t="))
        .find_map(ticket_of)
        .ok_or_else(|| fail(Exit::Data, format!("read {operand}: no link to confirm an address with")))
}

/// A bare ticket, or the one in a link.
fn ticket_of(text: &str) -> Option<Ticket> {
    let bare = text.trim_matches(['<', '>', '\'', '"']);
    let link = bare.split_once("/confirm?t=").map(|(_, ticket)| ticket);
    link.unwrap_or(text).parse().ok()
}

/// The refresh that cron runs: host, presence, notices, waiting calls.
fn refresh(config: &Config, args: &RegisterArgs, io: &mut Io) -> anyhow::Result<()> {
    if let Some(most) = args.jitter {
        std::thread::sleep(jitter(most)?);
    }
    // Nobody registered is said before the directory and its lock are made.
    let (_, api) = connect::signed_in(config, &args.common)?;
    let _lock = config.home().lock("register")?;
    let host = config.host(args.host.as_deref()).map(str::to_owned);
    let Refreshed { login, mut notices, calls } = tell(config.home(), &api, host.clone(), args.off)?;
    if !args.common.face.quiet {
        say_login(args, io, login)?;
    }
    if let Some(command) = config.on_ring(args.on_ring.as_deref()).filter(|_| !args.off) {
        calls.iter().try_for_each(|call| start(command, call))?;
    }
    // What is not shown must not count as seen.
    if args.common.face.quiet || args.off {
        return Ok(());
    }
    let mut shown = HashSet::new();
    for _ in 0..ROUNDS {
        notices.retain(|notice| shown.insert(notice.id.clone()));
        if notices.is_empty() {
            break;
        }
        show(config.home(), io, notices)?;
        // Says at once what was seen, so that an attempt from now on is a notice of its own, and gets the rest.
        // If that fails, the next run says it.
        let Ok(next) = tell(config.home(), &api, host.clone(), false) else { break };
        notices = next.notices;
    }
    Ok(())
}

/// Prints notices, and only when they are out remembers that they were seen.
fn show(home: &Home, io: &mut Io, notices: Vec<Notice>) -> anyhow::Result<()> {
    let ids: Vec<_> = notices.iter().map(|notice| notice.id.clone()).collect();
    for notice in notices {
        let line = words::notice(&notice);
        io.out.show(&Record::Notice(notice), |_| line)?;
    }
    io.out.flush()?;
    Ok(home.write_seen(&ids)?)
}

/// Refreshes, and forgets the notices that the server now knows to have been seen.
fn tell(home: &Home, api: &Api, host: Option<String>, off: bool) -> anyhow::Result<Refreshed> {
    let seen = home.seen()?;
    let told = !seen.is_empty();
    let refreshed = api.refresh(&Refresh { host, off, seen }).context("refresh")?;
    if told {
        home.write_seen(&[])?;
    }
    Ok(refreshed)
}

/// Starts a command for a call that waits, and does not wait for it. What others wrote reaches it only as values
/// in its environment.
fn start(command: &str, call: &Waiting) -> anyhow::Result<()> {
    let stderr = io::stderr().as_fd().try_clone_to_owned()?;
    Command::new("sh")
        .args(["-c", command])
        .env("CH_FROM", clean(&call.from))
        .env("CH_SUBJECT", clean(call.subject.as_deref().unwrap_or_default()))
        .env("CH_CALL", call.call.as_str())
        .stdin(Stdio::null())
        // Standard output is for records.
        .stdout(stderr)
        .process_group(0)
        .spawn()
        .or_fail(Exit::Config, "start sh for --on-ring")?;
    Ok(())
}

/// A random time of at most `most` seconds, so that many machines do not ask at the same instant.
fn jitter(most: u32) -> anyhow::Result<Duration> {
    let chance = u64::from_le_bytes(secret::random::<8>().or_fail(Exit::Io, "random bytes")?);
    Ok(Duration::from_millis(chance % (u64::from(most) * 1000 + 1)))
}

/// A doer says who one is only when asked to.
fn say_login(args: &RegisterArgs, io: &mut Io, login: Login) -> anyhow::Result<()> {
    if args.common.face.json || args.common.face.verbose {
        let line = words::login(&login);
        io.out.show(&Record::Login(login), |_| line)?;
    }
    Ok(())
}
