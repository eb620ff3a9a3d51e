//! `ch-chat`: presses a mail's chat button (S107), is rung (S109), talks (S111).

use std::{
    io::{self, BufReader, IsTerminal},
    process::ExitCode,
};

use chmail::{
    chat::{
        self, Agent, Caller, Course, Outcome, Talk, TalkError,
        caller::Plan,
        course::{Said, call_id},
        quiet::Quiet,
        reader::{self, Long},
    },
    cli::{
        self, Exit, Io, OutputError,
        args::chat::{Call, ChatArgs, Listen, Open, Ring, Verb},
        config::Config,
        connect,
        exit::OrFail,
        fail,
        press::{self, Button, Typing},
        screen::{Screen, local_time, signals},
        trust::Trust,
    },
    client::{
        ClientError, ClientStore, Credentials,
        live::{Gate, Live, Pace, Session, Target, gate},
        trust::{self, Standing},
    },
    wire::{
        LoginId, Ticket,
        ask::Rule,
        frame::{ClientFrame, Hello, Invite, Role},
        record::Presence,
        secret,
    },
};
use tokio::sync::mpsc;
use url::Url;

/// Inputs that may wait for the talk.
const WAITING: usize = 64;

fn main() -> ExitCode {
    cli::run("ch-chat", run)
}

fn run(args: ChatArgs, io: &mut Io) -> anyhow::Result<Exit> {
    let config = Config::load()?;
    match &args.verb {
        Verb::Open(open) => press_button(&config, &args, open, io),
        Verb::Call(call) => call_login(&config, &args, call, io),
        Verb::Listen(listen) => be_rung(&config, &args, listen, io),
        Verb::Allow { login, remove } => {
            rule(&config, &args, Rule { allow: Some(login.clone()), remove: *remove, ..Rule::default() })
        }
        Verb::Block { whom, remove } => {
            rule(&config, &args, Rule { block: Some(whom.clone()), remove: *remove, ..Rule::default() })
        }
    }
}

fn rule(config: &Config, args: &ChatArgs, rule: Rule) -> anyhow::Result<Exit> {
    connect::signed_in(config, &args.common)?.1.rule(&rule)?;
    Ok(Exit::Done)
}

fn press_button(config: &Config, args: &ChatArgs, open: &Open, io: &mut Io) -> anyhow::Result<Exit> {
    let credentials = config.home().credentials()?;
    let own = connect::server(config, &args.common, credentials.as_ref())?;
    let (button, typing) = press::button(&open.mail, &own, io.out.is_records())?;
    let Button { server, ticket, login, problems } = button;
    for problem in problems {
        io.note(&format!("the mail: {problem}"));
    }
    let standing = Trust::new(config, &args.common, open.trust_server)?.standing(&server)?;
    if open.ring.dry_run {
        let who = login.as_deref().unwrap_or("the sender").to_owned();
        return would_ring(io, &open.ring, Some(ticket), None, &format!("{who} at {}", trust::name(&server)));
    }
    let store = ClientStore::open(config.home().dir())?;
    let token = credentials
        .filter(|who| standing == Standing::Own && !who.pending && is_at(who, &server))
        .map(|who| who.token);
    let guest = Some(store.guest(&trust::name(&server))?);
    let hello = Hello { token, ticket: Some(ticket), guest, role: Role::Caller, ..Hello::default() };
    let mut course = Caller::new(plan(&open.ring, None, login)?);
    let place = Place { server, standing, typing, patience: Some(std::time::Duration::ZERO) };
    talk(config, args, place, hello, &store, &mut course, io, None)
}

fn call_login(config: &Config, args: &ChatArgs, call: &Call, io: &mut Io) -> anyhow::Result<Exit> {
    let (credentials, api) = connect::signed_in(config, &args.common)?;
    if call.ring.dry_run {
        let whom = format!("{} at {}", call.login, api.server());
        return would_ring(io, &call.ring, None, Some(call.login.clone()), &whom);
    }
    let store = ClientStore::open(config.home().dir())?;
    let hello = Hello { token: Some(credentials.token), role: Role::Caller, ..Hello::default() };
    let peer = Some(call.login.to_string());
    let mut course = Caller::new(plan(&call.ring, Some(call.login.clone()), peer)?);
    let place = Place {
        server: own_server(api.server())?,
        standing: Standing::Own,
        typing: stdin(),
        patience: Some(std::time::Duration::ZERO),
    };
    talk(config, args, place, hello, &store, &mut course, io, None)
}

fn be_rung(config: &Config, args: &ChatArgs, listen: &Listen, io: &mut Io) -> anyhow::Result<Exit> {
    let (credentials, api) = connect::signed_in(config, &args.common)?;
    let store = ClientStore::open(config.home().dir())?;
    let device = credentials.device.clone();
    let presence = match (listen.busy, listen.away) {
        (true, _) => Some(Presence::Busy),
        (_, true) => Some(Presence::Away),
        _ => None,
    };
    let token = Some(credentials.token);
    let hello = Hello { token, device, role: Role::Agent, presence, ..Hello::default() };
    let answers = listen.answer || config.file().answer.unwrap_or(false);
    let terminal = io::stdin().is_terminal();
    let mut course = Agent::new(chat::agent::Manner { answers, presence, terminal });
    let place =
        Place { server: own_server(api.server())?, standing: Standing::Own, typing: stdin(), patience: None };
    talk(config, args, place, hello, &store, &mut course, io, Some(listen))
}

/// Where a talk goes on.
struct Place {
    server: Url,
    standing: Standing,
    typing: Typing,
    /// How long the first connection may take, further tries included; `None`: for ever.
    patience: Option<std::time::Duration>,
}

#[allow(clippy::too_many_arguments, reason = "the one place where everything comes together")]
fn talk(
    config: &Config,
    args: &ChatArgs,
    place: Place,
    mut hello: Hello,
    store: &ClientStore,
    course: &mut dyn Course,
    io: &mut Io,
    listen: Option<&Listen>,
) -> anyhow::Result<Exit> {
    let quiet = config.file().quiet_hours.as_deref().filter(|_| listen.is_some());
    let quiet = quiet.map(str::parse::<Quiet>).transpose().or_fail(Exit::Config, "quiet_hours")?;
    if quiet.is_some_and(|quiet| quiet.holds(local_time())) {
        hello.presence.get_or_insert(Presence::Away);
    }
    let on_ring = listen.and_then(|listen| config.on_ring(listen.on_ring.as_deref())).map(str::to_owned);
    let server = trust::name(&place.server);
    let ca = config.ca(args.common.ca.as_deref());
    let target = Target::new(place.server, place.standing, ca.as_deref()).map_err(ClientError::from)?;
    // A call is lost after ten minutes' absence; an agent waits for its server as long as it takes.
    let lost = place.patience.map(|_| std::time::Duration::from_secs(600));
    let pace = Pace { first: place.patience, lost, ..Pace::default() };
    let seed = u64::from_ne_bytes(secret::random::<8>().or_fail(Exit::Software, "random numbers")?);
    let records = io.out.is_records();
    let reads = !records || io.out.is_terminal();
    let book = if reads { server.clone() } else { format!("{server} (records)") };
    hello.epoch = store.epoch(&book)?;
    let session = Session::new(hello, server.clone(), store.conversations(&book)?, pace, seed);
    let (to, inbox) = mpsc::channel(WAITING);
    let (typed, input) = match place.typing {
        Typing::Stdin(input) => (io::stdin().is_terminal(), Some(input)),
        Typing::Terminal(input) => (true, Some(input)),
        Typing::Nowhere => (false, None),
    };
    let live = Live::start(target, session, to.clone(), signals(to.clone())).or_fail(Exit::Io, "start")?;
    if let Some(input) = input {
        let long = if records { Long::Skip } else { Long::Cut };
        reader::start(input, press::longest(records), long, Gate::new(gate::LINES), to)
            .or_fail(Exit::Io, "start")?;
    }
    let manner = chat::Manner {
        server,
        listens: listen.is_some(),
        learn: place.standing == Standing::New,
        typed,
        reads,
        book,
        keeps_notices: args.common.face.quiet,
        quiet,
        on_ring,
    };
    let end = Talk::new(live, inbox, &mut Screen(io), store, manner).run(course).map_err(broken)?;
    match end.outcome {
        _ if end.closed => Err(OutputError::Closed.into()),
        Outcome::Refused(record) => Err(ClientError::Refused(record).into()),
        _ if end.unsaid > 0 => {
            let lines = if end.unsaid == 1 { "line was" } else { "lines were" };
            Err(fail(Exit::TempFail, format!("{} {lines} not acknowledged by the server", end.unsaid)))
        }
        Outcome::No => Ok(Exit::No),
        Outcome::Done if end.bad_input => Ok(Exit::Data),
        Outcome::Done => Ok(Exit::Done),
    }
}

fn broken(error: TalkError) -> anyhow::Error {
    match error {
        TalkError::Live(error) => ClientError::from(error).into(),
        TalkError::Screen(error) => OutputError::from(error).into(),
        TalkError::Store(error) => error.into(),
    }
}

fn plan(ring: &Ring, login: Option<LoginId>, peer: Option<String>) -> anyhow::Result<Plan> {
    let no_id = "make an id";
    Ok(Plan {
        call: call_id().or_fail(Exit::Software, no_id)?,
        login,
        peer,
        ring: ring.ring,
        give_up: ring.give_up,
        until_on: ring.until_on,
        leave: ring.leave.clone().map(Said::words).transpose().or_fail(Exit::Software, no_id)?,
    })
}

/// `-n`: what would be asked of the server.
fn would_ring(
    io: &mut Io,
    ring: &Ring,
    ticket: Option<Ticket>,
    login: Option<LoginId>,
    whom: &str,
) -> anyhow::Result<Exit> {
    let Plan { call, ring, give_up, until_on, .. } = plan(ring, None, None)?;
    let invite = Invite { ticket, login, ring, give_up, until_on, ..Invite::new(call) };
    io.out.show(&ClientFrame::Invite(invite), |_| format!("would call {whom}"))?;
    Ok(Exit::Done)
}

fn stdin() -> Typing {
    Typing::Stdin(Box::new(BufReader::new(io::stdin())))
}

fn own_server(text: &str) -> anyhow::Result<Url> {
    text.parse().or_fail(Exit::Config, "the server in the credentials")
}

/// Whether the credentials are for this server: nobody else gets the token.
fn is_at(credentials: &Credentials, server: &Url) -> bool {
    credentials.server.parse().is_ok_and(|own| trust::same_server(&own, server))
}
