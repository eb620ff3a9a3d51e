//! `ch-serve`: the CH server.

use std::{
    env,
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use chmail::{
    cli::{
        self, Exit, Io,
        args::serve::{PlaceArgs, ServeArgs, Verb},
        config::Config,
        exit::OrFail,
        fail, mailer,
    },
    mail::{mailbox::Mailbox, transport::Access},
    server::{
        self, Options, PublicUrl, Service,
        options::{Limits, Way},
        tls::{self, Certificate},
    },
    store::{Place, Store},
    wire::{Record, Time, promotion::Granted},
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    net::{TcpListener, TcpSocket},
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
};
use tracing_subscriber::EnvFilter;

/// Connections the system keeps for us until we take them.
const BACKLOG: u32 = 4096;
/// File descriptors that are not connections: databases, logs, mail.
const OTHER_FILES: u64 = 128;
/// How long a delivery in the middle of something may hold up the end.
const LAST_WORDS: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    cli::run("ch-serve", run)
}

fn run(args: ServeArgs, io: &mut Io) -> anyhow::Result<Exit> {
    let place = place(&args)?;
    match &args.verb {
        Some(Verb::Backup { file }) => Store::backup(&place, file)?,
        Some(Verb::Grant { login: Some(login), role: Some(role), revoke: true, .. }) => {
            if !Store::revoke_role(&place, login, *role)? {
                io.note(&format!("{login} is no {} anyway", role.as_str()));
                return Ok(Exit::No);
            }
        }
        Some(Verb::Grant { login: Some(login), role: Some(role), shop, .. }) => {
            Store::grant(&place, login, *role, shop.as_ref(), Time::now())?;
        }
        Some(Verb::Grant { .. }) => {
            for granted in Store::granted(&place)? {
                io.out.show(&Record::Role(granted.clone()), |_| role_line(&granted))?;
            }
            io.out.flush()?;
        }
        Some(Verb::Restore { file }) => Store::restore(&place, file)?,
        None => serve(&args, &place, io)?,
    }
    Ok(Exit::Done)
}

fn role_line(granted: &Granted) -> String {
    let shop = granted.shop.as_ref().map_or(String::new(), |shop| format!("\tfor {shop}"));
    format!("{}\t{}{shop}", granted.login, granted.role.as_str())
}

fn place(args: &ServeArgs) -> anyhow::Result<Place> {
    let PlaceArgs { data, keys } = &args.place;
    let data = match data {
        Some(data) => data.clone(),
        None => state_home()
            .ok_or_else(|| {
                fail(Exit::Config, "no --data, and neither XDG_STATE_HOME nor HOME says where it is")
            })?
            .join("ch"),
    };
    // systemd's LoadCredential= brings keys only if the unit names them (systemd.exec(5)).
    let brought =
        || env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from).filter(|dir| dir.join("ticket").exists());
    Ok(Place { data, keys: keys.clone().or_else(brought), ports: args.ports.0.clone() })
}

fn state_home() -> Option<PathBuf> {
    let set = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")))
}

fn serve(args: &ServeArgs, place: &Place, io: &Io) -> anyhow::Result<()> {
    log();
    let is_open = !args.listen.ip().to_canonical().is_loopback();
    if is_open && args.tls_cert.is_none() && !args.insecure {
        let says = "would speak plain HTTP to other machines: give --tls-cert and --tls-key, listen on 127.0.0.1 behind a \
                    proxy that speaks TLS, or say --insecure";
        return Err(fail(Exit::Config, format!("--listen {}: {says}", args.listen)));
    }
    if args.listen.ip().is_unspecified() && args.url.is_none() {
        let says = "say with --url where people reach this server";
        return Err(fail(Exit::Config, format!("--listen {}: {says}", args.listen)));
    }
    let mut options = Options {
        trusted_proxies: args.trusted_proxy.clone(),
        register_rate: args.register_rate,
        times: args.times,
        keep: args.keep.0,
        ..Options::default()
    };
    let mut certificate = None;
    if let (Some(cert), Some(key)) = (&args.tls_cert, &args.tls_key) {
        let which = "--tls-cert and --tls-key";
        let found = certificate.insert(Certificate::load(cert, key).or_fail(Exit::Config, which)?);
        options.tls = Some(tls::config(found.clone()).or_fail(Exit::Config, which)?);
    }
    options.limits.connections = connections(options.limits);
    let runtime = Runtime::new().or_fail(Exit::Io, "start the runtime")?;
    // The databases first: whoever connects is served.
    let store = Store::open(place)?;
    let served = runtime.block_on(async {
        let listener = listen(args.listen)?;
        let scheme = if options.tls.is_some() { "https" } else { "http" };
        let address = format!("{scheme}://{}", listener.local_addr()?);
        let public = match &args.url {
            Some(url) => url.clone(),
            None => address.parse()?,
        };
        options.way = way(args, &public)?;
        if options.way.is_none() {
            io.note("no --via: this server sends no mail, so nobody can confirm an address (try --via maildir:DIR)");
        }
        let mut term = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let shutdown = async move {
            tokio::select! {
                _ = term.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        if let Some(certificate) = certificate {
            tokio::spawn(renew(certificate, signal(SignalKind::hangup())?));
        }
        // Whoever started us waits for this line, so -q does not hold it back.
        writeln!(io::stderr(), "ch-serve: listening on {address}").or_fail(Exit::Io, "standard error")?;
        server::run(listener, Service { store, public, options }, shutdown).await?;
        anyhow::Ok(())
    });
    runtime.shutdown_timeout(LAST_WORDS);
    served
}

/// SIGHUP: the certificate was renewed. A broken one leaves the one before in place.
async fn renew(certificate: Arc<Certificate>, mut hangup: Signal) {
    while hangup.recv().await.is_some() {
        match certificate.reload() {
            Ok(()) => tracing::info!("SIGHUP: the certificate was read again"),
            Err(error) => tracing::error!("SIGHUP: the certificate of before stays: {error}"),
        }
    }
}

/// To standard error, as `CH_LOG` says; `warn` unless it says anything.
fn log() {
    let filter = EnvFilter::try_from_env("CH_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        // No colours: on a terminal the lines are those of the journal.
        .with_ansi(false)
        .init();
}

/// As many connections as there are file descriptors, after asking for as many as we may have.
fn connections(limits: Limits) -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(u64::MAX).min(limits.connections as u64 + OTHER_FILES);
    let have = match current {
        Some(now) if now < wanted => {
            let more = Rlimit { current: Some(wanted), maximum };
            if setrlimit(Resource::Nofile, more).is_ok() { wanted } else { now }
        }
        _ => wanted,
    };
    usize::try_from(have.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX).clamp(1, limits.connections)
}

fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let bound = socket.and_then(|socket| {
        // A restart at once finds the port still in TIME_WAIT.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    });
    bound.map_err(|error| {
        let (exit, hint) = match error.kind() {
            io::ErrorKind::AddrInUse => {
                (Exit::TempFail, "; another server is there: stop it, or choose another --listen")
            }
            io::ErrorKind::PermissionDenied => (Exit::Config, "; ports below 1024 are root's"),
            _ => (Exit::Config, ""),
        };
        fail(exit, format!("listen on {address}: {error}{hint}"))
    })
}

/// How the server's own mails leave; `None`: not at all.
fn way(args: &ServeArgs, public: &PublicUrl) -> anyhow::Result<Option<Way>> {
    let via = match &args.via {
        Some(via) if public.is_private() && !via.stays_here() => {
            let says = "nobody else could open the links in its mails: say with --url where people reach this server";
            return Err(fail(Exit::Config, format!("{public} is a private address: {says}")));
        }
        Some(via) => via.clone(),
        // This machine's own mail program does, if there is one and the links lead somewhere.
        None => match mailer::local().filter(|_| !public.is_private()) {
            Some(via) => via,
            None => return Ok(None),
        },
    };
    let from: Mailbox = match &args.from {
        Some(from) => from.clone(),
        None => format!("chat@{}", public.mail_domain())
            .parse()
            .or_fail(Exit::Config, "no address to send mail from: say it with --from")?,
    };
    let mut access = Access::default();
    if via.needs_password() {
        access.password = Config::load()?.password()?.map(Into::into);
    }
    Ok(Some(Way { via, access, from }))
}
