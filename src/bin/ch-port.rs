//! `ch-port`: gets this login's port (S103), tells its owner where a port leads.

use std::process::ExitCode;

use anyhow::Context;
use chmail::{
    cli::{
        self, Exit, Io,
        args::port::{PortArgs, Verb},
        config::Config,
        connect, words,
    },
    wire::{Record, record::PortRecord},
};

fn main() -> ExitCode {
    cli::run("ch-port", run)
}

fn run(args: PortArgs, io: &mut Io) -> anyhow::Result<Exit> {
    let (_, api) = connect::signed_in(&Config::load()?, &args.common)?;
    if let Some(port) = args.change.release {
        api.release(port).with_context(|| format!("release {port}"))?;
        return Ok(Exit::Done);
    }
    let (port, text): (_, fn(&PortRecord) -> String) = match args.verb {
        Some(Verb::Resolve { port }) => {
            (api.resolve(port).with_context(|| format!("resolve {port}"))?, words::port)
        }
        None => (api.assign_port(args.change.new).context("get a port")?, |port| port.port.to_string()),
    };
    let line = text(&port);
    io.out.show(&Record::Port(port), |_| line)?;
    Ok(Exit::Done)
}
