//! Signing in: SASL (RFC 5034) where the server offers it, `USER` and `PASS` where not, and never in the clear off this
//! machine.

use super::{
    Access, Pop3, Pop3Error,
    reply::{Reply, Status},
};
use crate::mail::net::{Auth, sasl};

/// A command line with its CRLF; an initial response that makes it longer waits to be asked for (RFC 5034 §4).
const COMMAND: usize = 255;

pub(super) fn sign_in(session: &mut Pop3, access: &Access) -> Result<(), Pop3Error> {
    let config = |why: &str| Pop3Error::Config(format!("{}: {why}", session.server));
    let Some(user) = session.server.user.clone() else {
        return Err(config("whose mailbox? Name the user before an @ in the URL"));
    };
    if !session.stream.is_tls() && !session.server.is_loopback() {
        return Err(config("a password is not sent in the clear; leave ?tls=… away"));
    }
    let password = access.password.reveal();
    let reply = match access.auth {
        Auth::Xoauth2 if session.offers.offers("XOAUTH2") => {
            sasl(session, "XOAUTH2", &sasl::xoauth2(&user, password))?
        }
        Auth::Xoauth2 => return Err(config("it does not offer XOAUTH2")),
        Auth::Password if session.offers.offers("PLAIN") => {
            sasl(session, "PLAIN", &sasl::plain(&user, password))?
        }
        // What stands in a line must not end it.
        Auth::Password if password.contains(char::is_control) => {
            return Err(config(
                "a password with a control character needs SASL PLAIN, which it does not offer",
            ));
        }
        Auth::Password => {
            let reply = session.command(&format!("USER {user}"))?;
            if reply.is_yes() { session.command(&format!("PASS {password}"))? } else { reply }
        }
    };
    match reply.status {
        Status::Ok => Ok(()),
        Status::Continue => Err(session.nonsense("asks for more than user and password")),
        Status::Err => Err(refused(session, user, &reply)),
    }
}

/// One exchange: the mechanism, and all that we have to say.
fn sasl(session: &mut Pop3, mechanism: &str, response: &str) -> Result<Reply, Pop3Error> {
    let whole = format!("AUTH {mechanism} {response}");
    let mut reply = if whole.len() + 2 <= COMMAND {
        session.command(&whole)?
    } else {
        let reply = session.command(&format!("AUTH {mechanism}"))?;
        if reply.status != Status::Continue {
            return Ok(reply);
        }
        session.command(response)?
    };
    if reply.status == Status::Continue && mechanism == "XOAUTH2" {
        // It says why it refuses, and waits for a word before it does.
        reply = session.command("")?;
    }
    Ok(reply)
}

/// A mailbox that is in use, or a server with a fault, says nothing against the password.
fn refused(session: &Pop3, user: String, reply: &Reply) -> Pop3Error {
    let server = session.server.to_string();
    match reply.code.as_deref() {
        Some("SYS/PERM") => Pop3Error::refused(&server, "to open the mailbox", reply),
        _ if reply.is_transient() => Pop3Error::refused(&server, "to open the mailbox", reply),
        _ => Pop3Error::SignIn { server, user, words: reply.words() },
    }
}
