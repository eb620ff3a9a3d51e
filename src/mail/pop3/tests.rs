//! Servers as they are, and as they should not be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod hostile;
mod tls;

use std::{
    io::{BufReader, Read, Write},
    net::TcpListener,
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{listing::Listed, *};
use crate::mail::{
    net::{Auth, Security, Server, peer::Peer},
    transport::{smtp::stuffed, with_lf},
};

/// The commands of a session, in the server's mouth.
trait Speaks {
    fn answer(&mut self, command: &str, reply: &str);
    /// As far as the transaction state; `offers` are lines.
    fn greet(&mut self, offers: &str);
}

impl<S: Read + Write> Speaks for Peer<S> {
    fn answer(&mut self, command: &str, reply: &str) {
        assert_eq!(self.hear(), command);
        self.say(reply);
    }

    fn greet(&mut self, offers: &str) {
        self.say("+OK hi\r\n");
        self.answer("CAPA", &format!("+OK\r\n{offers}.\r\n"));
        self.answer("USER bob@x.example", "+OK\r\n");
        self.answer("PASS sesame", "+OK\r\n");
        if !offers.contains("PIPELINING") {
            self.answer("CAPA", &format!("+OK\r\n{offers}.\r\n"));
        }
    }
}

fn server<T: Send + 'static>(script: impl FnOnce(Peer) -> T + Send + 'static) -> (Server, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = format!("bob%40x.example@{}", listener.local_addr().unwrap());
    let mut server = Server::parse(&place, false, 110).unwrap();
    server.timeout = Some(Duration::from_millis(400));
    (server, thread::spawn(move || script(Peer(BufReader::new(listener.accept().unwrap().0)))))
}

fn access() -> Access {
    Access { password: "sesame".to_owned().into(), auth: Auth::Password, ca: None }
}

fn open(server: &Server) -> Result<Pop3, Pop3Error> {
    Pop3::open(server, &access())
}

/// Everything the mailbox holds, `None` for what is not given.
fn all(session: &mut Pop3, what: What) -> Result<Vec<Option<String>>, Pop3Error> {
    let asks: Vec<_> =
        session.list()?.iter().map(|mail| Ask { number: mail.number, size: mail.size }).collect();
    let mut mails = Vec::new();
    let mut retrieval = session.retrieve(what, asks);
    while let Some(answer) = retrieval.next()? {
        let Answer::Mail(_) = answer else {
            mails.push(None);
            continue;
        };
        let mut mail = Vec::new();
        while let Some(piece) = retrieval.piece()? {
            mail.extend_from_slice(piece);
        }
        mails.push(Some(String::from_utf8(mail).unwrap()));
    }
    Ok(mails)
}

#[test]
fn a_mailbox_is_listed_fetched_and_emptied() {
    let (server, heard) = server(|mut peer| {
        peer.greet("UIDL\r\n");
        peer.answer("STAT", "+OK 2 30\r\n");
        peer.answer("LIST", "+OK\r\n1 10\r\n2 20\r\n.\r\n");
        peer.answer("UIDL", "+OK\r\n1 a\r\n2 b\r\n.\r\n");
        peer.answer("RETR 1", "+OK\r\nSubject: x\r\n\r\n..\r\n.\r\n");
        peer.answer("RETR 2", "+OK\r\n.\r\n");
        peer.answer("DELE 1", "+OK\r\n");
        peer.answer("DELE 2", "-ERR no \x1bsuch\r\n");
        peer.answer("QUIT", "+OK\r\n");
    });
    let mut session = open(&server).unwrap();
    let listed = session.list().unwrap();
    assert_eq!(listed[1], Listed { number: 2, uid: Some("b".into()), size: 20 });
    let mut retrieval =
        session.retrieve(What::Whole, [Ask { number: 1, size: 10 }, Ask { number: 2, size: 20 }]);
    assert!(matches!(retrieval.next(), Ok(Some(Answer::Mail(Ask { number: 1, .. })))));
    assert_eq!(retrieval.piece().unwrap(), Some(b"Subject: x\n\n.\n".as_slice()));
    assert_eq!(retrieval.piece().unwrap(), None);
    assert!(matches!(retrieval.next(), Ok(Some(Answer::Mail(Ask { number: 2, .. })))));
    assert!(retrieval.next().unwrap().is_none());
    drop(retrieval);
    assert_eq!(session.delete(&[1, 2]).unwrap(), [(2, "no such".to_owned())]);
    session.quit().unwrap();
    heard.join().unwrap();
}

#[test]
fn with_pipelining_commands_do_not_wait_for_replies() {
    let (server, heard) = server(|mut peer| {
        peer.greet("PIPELINING\r\n");
        // All three before the first answer, then as many as may be in flight.
        for command in ["STAT", "LIST", "UIDL"] {
            assert_eq!(peer.hear(), command);
        }
        let (sizes, uids): (String, String) =
            (1..=200).map(|n| (format!("{n} 5\r\n"), format!("{n} u{n}\r\n"))).unzip();
        peer.say(&format!("+OK 200 1000\r\n+OK\r\n{sizes}.\r\n+OK\r\n{uids}.\r\n"));
        let mut asked = 0;
        for answered in 1..=200 {
            while asked < 200 && asked < answered - 1 + IN_FLIGHT / 2 {
                asked += 1;
                assert_eq!(peer.hear(), format!("RETR {asked}"));
            }
            peer.say(&if answered == 7 {
                "-ERR gone\r\n".to_owned()
            } else {
                format!("+OK\r\n{answered}\r\n.\r\n")
            });
        }
        peer.hear()
    });
    let mut session = open(&server).unwrap();
    let mails = all(&mut session, What::Whole).unwrap();
    assert_eq!((mails.len(), &mails[6]), (200, &None), "one that is refused is not mistaken for another");
    let good = mails.iter().zip(1..).filter(|(mail, number)| mail.as_ref() == Some(&format!("{number}\n")));
    assert_eq!(good.count(), 199);
    drop(session);
    assert_eq!(heard.join().unwrap(), "RSET", "a session that was not ended deletes nothing");
}

#[test]
fn large_mails_are_not_asked_for_far_ahead() {
    let (server, heard) = server(|mut peer| {
        peer.greet("PIPELINING\r\n");
        ["STAT", "LIST", "UIDL"].iter().for_each(|command| assert_eq!(peer.hear(), *command));
        let sizes: String = (1..=4).map(|n| format!("{n} {}\r\n", BYTES_IN_FLIGHT / 2)).collect();
        peer.say(&format!("+OK 4 1\r\n+OK\r\n{sizes}.\r\n-ERR\r\n"));
        ["RETR 1", "RETR 2"].iter().for_each(|command| assert_eq!(peer.hear(), *command));
        peer.0.get_ref().set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        assert_eq!(peer.hear(), "", "two fill what may be in flight");
        peer.0.get_ref().set_read_timeout(None).unwrap();
        peer.say(&"+OK\r\n.\r\n".repeat(2));
        ["RETR 3", "RETR 4"].iter().for_each(|command| assert_eq!(peer.hear(), *command));
        peer.say(&"+OK\r\n.\r\n".repeat(2));
    });
    let mut session = open(&server).unwrap();
    assert_eq!(all(&mut session, What::Whole).unwrap().len(), 4);
    heard.join().unwrap();
}

#[test]
fn a_server_without_uidl_gives_mails_without_ids() {
    let (server, _heard) = server(|mut peer| {
        peer.say("+OK\r\n");
        peer.answer("CAPA", "-ERR what?\r\n");
        peer.answer("USER bob@x.example", "+OK\r\n");
        peer.answer("PASS sesame", "+OK\r\n");
        peer.answer("CAPA", "-ERR what?\r\n");
        peer.answer("STAT", "+OK 1 5\r\n");
        peer.answer("LIST", "+OK\r\n1 5\r\n.\r\n");
        peer.answer("UIDL", "-ERR what?\r\n");
        peer.answer("TOP 1 0", "+OK\r\nA: b\r\n\r\n.\r\n");
    });
    let mut session = open(&server).unwrap();
    assert_eq!(session.list().unwrap(), [Listed { number: 1, uid: None, size: 5 }]);
    let mut retrieval = session.retrieve(What::Header, [Ask { number: 1, size: 5 }]);
    retrieval.next().unwrap();
    assert_eq!(retrieval.piece().unwrap(), Some(b"A: b\n\n".as_slice()));
}

/// Signs in with what `offer` allows; what the script heard must have been right.
fn signed(
    auth: Auth,
    password: &str,
    offer: &'static str,
    script: impl FnOnce(&mut Peer) + Send + 'static,
) -> Result<Pop3, Pop3Error> {
    let (server, heard) = server(move |mut peer| {
        peer.say("+OK\r\n");
        peer.answer("CAPA", &format!("+OK\r\nPIPELINING\r\n{offer}.\r\n"));
        script(&mut peer);
        peer
    });
    let access = Access { password: password.to_owned().into(), auth, ca: None };
    let result = Pop3::open(&server, &access);
    heard.join().unwrap();
    result
}

#[test]
fn signing_in_uses_sasl_where_there_is_any_and_user_and_pass_where_not() {
    signed(Auth::Password, "sesame", "SASL LOGIN PLAIN\r\nUSER\r\n", |peer| {
        peer.answer("AUTH PLAIN AGJvYkB4LmV4YW1wbGUAc2VzYW1l", "+OK\r\n");
    })
    .unwrap();
    signed(Auth::Password, "open sesame", "SASL GSSAPI\r\n", |peer| {
        peer.answer("USER bob@x.example", "+OK\r\n");
        peer.answer("PASS open sesame", "+OK\r\n");
    })
    .unwrap();
    // RFC 5034 §4: what does not fit into a command waits to be asked for.
    let token = "t".repeat(2000);
    signed(Auth::Xoauth2, &token, "SASL XOAUTH2\r\n", |peer| {
        peer.answer("AUTH XOAUTH2", "+ \r\n");
        assert!(peer.hear().starts_with("dXNlcj1ib2JAeC5leGFtcGxlAWF1dGg9QmVhcmVyIHR0"));
        peer.say("+OK\r\n");
    })
    .unwrap();
}

#[test]
fn a_refusal_says_whether_it_is_about_the_person_or_the_mailbox() {
    let wrong = |reply: &'static str| {
        let script = move |peer: &mut Peer| {
            peer.hear();
            peer.say(reply);
        };
        let error = signed(Auth::Password, "hunter2", "SASL PLAIN\r\n", script).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
        error
    };
    assert!(matches!(wrong("-ERR [AUTH] no\r\n"), Pop3Error::SignIn { .. }));
    assert!(matches!(wrong("-ERR no\r\n"), Pop3Error::SignIn { .. }));
    assert!(wrong("-ERR [IN-USE] locked\r\n").is_transient());
    assert!(wrong("-ERR [SYS/TEMP] fault\r\n").is_transient());
    assert!(matches!(wrong("-ERR [SYS/PERM] fault\r\n"), Pop3Error::Refused { transient: false, .. }));
    assert!(matches!(wrong("+ more\r\n"), Pop3Error::Protocol { .. }));
    let token = signed(Auth::Xoauth2, "token", "SASL XOAUTH2\r\n", |peer| {
        peer.hear();
        peer.say("+ eyJzdGF0dXMiOiI0MDEifQ==\r\n");
        peer.answer("", "-ERR expired\r\n");
    });
    assert!(matches!(token, Err(Pop3Error::SignIn { .. })), "{token:?}");
    let none = signed(Auth::Xoauth2, "token", "SASL PLAIN\r\n", |_| {});
    assert!(matches!(none, Err(Pop3Error::Config(_))), "{none:?}");
    let control = signed(Auth::Password, "a\rDELE 1", "USER\r\n", |_| {});
    assert!(matches!(control, Err(Pop3Error::Config(_))), "{control:?}");
}

#[test]
fn nobody_at_the_door_or_one_who_is_busy_is_transient() {
    let (mut none, heard) = server(|mut peer| peer.say("-ERR too many connections\r\n"));
    assert!(open(&none).unwrap_err().is_transient());
    heard.join().unwrap();
    none.timeout = Some(Duration::from_secs(5));
    assert!(open(&none).unwrap_err().is_transient(), "the listener is gone");
}

#[test]
fn what_was_written_is_what_is_read() {
    let mail = "Subject: dots\r\n\r\n.\r\n..\r\nhello\rworld\r\n.x\r\n";
    let (server, _heard) = server(move |mut peer| {
        peer.greet("");
        peer.answer("STAT", "+OK 1 5\r\n");
        peer.answer("LIST", "+OK\r\n1 5\r\n.\r\n");
        peer.answer("UIDL", "+OK\r\n1 a\r\n.\r\n");
        let wire = String::from_utf8(stuffed(mail.replace('\r', "").as_bytes())).unwrap();
        peer.answer("RETR 1", &format!("+OK\r\n{wire}.\r\n"));
    });
    let mails = all(&mut open(&server).unwrap(), What::Whole).unwrap();
    assert_eq!(mails[0].as_ref().unwrap().as_bytes(), with_lf(mail.replace('\r', "").as_bytes()));
}
