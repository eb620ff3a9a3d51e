//! Signing in: each mechanism's words, and what a refusal leaves.

use super::*;
use crate::mail::transport::{Auth, SIGNING_IN};

fn signed(auth: Auth, offer: &'static str, script: fn(&mut Peer)) -> Result<Vec<Outcome>, TransportError> {
    let (mut server, heard) = one(move |mut peer| {
        peer.greet(offer);
        script(&mut peer);
    });
    server.user = Some("bob".into());
    let access = Access { password: Some("pässword".to_owned().into()), auth, ..access() };
    let result = Smtp::new(server, access).deliver(&to(&["b@y.example"]), MAIL, &mut || Ok(()));
    heard.join().unwrap();
    result
}

#[test]
fn a_password_is_sent_by_plain_else_by_login() {
    let plain = signed(Auth::Password, "250-AUTH LOGIN PLAIN\r\n", |peer| {
        peer.answer("AUTH PLAIN AGJvYgBww6Rzc3dvcmQ=", "235 ok\r\n");
        peer.take();
    });
    assert_eq!(plain.unwrap()[0].status, Status::Accepted);
    let login = signed(Auth::Password, "250-AUTH=LOGIN\r\n", |peer| {
        peer.answer("AUTH LOGIN", "334 VXNlcm5hbWU6\r\n");
        peer.answer("Ym9i", "334 UGFzc3dvcmQ6\r\n");
        peer.answer("cMOkc3N3b3Jk", "235 ok\r\n");
        peer.take();
    });
    assert_eq!(login.unwrap()[0].status, Status::Accepted);
}

#[test]
fn a_wrong_password_is_not_transient_a_tired_server_is_and_neither_tells_the_password() {
    for (reply, transient) in [
        ("535 5.7.8 wrong", false),
        ("454 4.7.0 later", true),
        ("534 5.7.9 too weak", false),
        ("250 ok", false),
    ] {
        let script: fn(&mut Peer) = match reply {
            "535 5.7.8 wrong" => |peer| peer.answer("AUTH", "535 5.7.8 wrong\r\n"),
            "454 4.7.0 later" => |peer| peer.answer("AUTH", "454 4.7.0 later\r\n"),
            "250 ok" => |peer| peer.answer("AUTH", "250 ok\r\n"),
            _ => |peer| peer.answer("AUTH", "534 5.7.9 too weak\r\n"),
        };
        let error = signed(Auth::Password, "250-AUTH PLAIN\r\n", script).unwrap_err();
        assert_eq!(error.is_transient(), transient, "{error}");
        assert!(matches!(&error, TransportError::Refused { what: SIGNING_IN, .. }), "{error}");
        assert!(error.to_string().ends_with(reply) && !error.to_string().contains("pässword"), "{error}");
        assert!(
            !error.to_string().contains("cMOk") && !format!("{error:?}").contains("pässword"),
            "{error:?}"
        );
    }
}

#[test]
fn an_access_token_is_sent_by_xoauth2_and_its_refusal_is_heard_out() {
    const TOKEN: &str = "AUTH XOAUTH2 dXNlcj1ib2IBYXV0aD1CZWFyZXIgcMOkc3N3b3JkAQE=";
    let taken = signed(Auth::Xoauth2, "250-AUTH PLAIN XOAUTH2\r\n", |peer| {
        peer.answer(TOKEN, "235 2.7.0 welcome\r\n");
        peer.take();
    });
    assert_eq!(taken.unwrap()[0].status, Status::Accepted);
    let refused = signed(Auth::Xoauth2, "250-AUTH XOAUTH2\r\n", |peer| {
        peer.answer(TOKEN, "334 eyJzdGF0dXMiOiI0MDEifQ==\r\n");
        assert_eq!(peer.hear(), "", "an empty line asks for the refusal");
        peer.say("535 5.7.8 token expired\r\n");
    });
    let error = refused.unwrap_err();
    assert!(matches!(&error, TransportError::Refused { code: 535, what: SIGNING_IN, .. }), "{error}");
    let endless = signed(Auth::Xoauth2, "250-AUTH XOAUTH2\r\n", |peer| {
        for _ in 0..3 {
            peer.hear();
            peer.say("334 \r\n");
        }
    });
    assert!(matches!(endless, Err(TransportError::Refused { code: 334, .. })), "{endless:?}");
}

#[test]
fn nothing_is_said_to_a_server_that_offers_nothing_fitting() {
    for (auth, offer, words) in [
        (Auth::Password, "250-AUTH GSSAPI\r\n", "neither AUTH PLAIN nor AUTH LOGIN"),
        (Auth::Password, "", "neither AUTH PLAIN nor AUTH LOGIN"),
        (Auth::Password, "250-AUTH XOAUTH2\r\n", "auth = \"xoauth2\""),
        (Auth::Xoauth2, "250-AUTH PLAIN LOGIN\r\n", "does not offer AUTH XOAUTH2"),
    ] {
        let result = signed(auth, offer, |peer| assert_eq!(peer.hear(), ""));
        let Err(TransportError::Config(why)) = &result else { panic!("{result:?}") };
        assert!(why.contains(words), "{why}");
    }
}

#[test]
fn off_this_machine_a_password_is_never_sent_in_the_clear() {
    // Where the name leads does not matter: it is not a loopback name.
    let (mut server, heard) = one(|mut peer| {
        peer.greet("250-AUTH PLAIN\r\n");
        peer.hear()
    });
    server.user = Some("bob".into());
    let access = Access { password: Some("secret".to_owned().into()), ..access() };
    let mut session = Session::open(&SmtpServer { user: None, ..server.clone() }, &access).unwrap();
    session.server = SmtpServer { host: "mail.example.org".into(), ..server };
    let error = session.sign_in().unwrap_err();
    assert!(matches!(&error, TransportError::Config(why) if why.contains("in the clear")), "{error}");
    drop(session);
    assert_eq!(heard.join().unwrap(), [""]);
}

#[test]
fn a_connection_cut_at_any_byte_of_signing_in_is_transient() {
    const REPLIES: [&str; 5] = [
        "220 hi\r\n",
        "250-me\r\n250 AUTH LOGIN\r\n",
        "334 VXNlcm5hbWU6\r\n",
        "334 UGFzc3dvcmQ6\r\n",
        "235 ok\r\n",
    ];
    let whole: usize = REPLIES.iter().map(|reply| reply.len()).sum();
    for cut in 0..=whole {
        let (mut server, _heard) = one(move |mut peer| {
            let mut left = cut;
            for (at, reply) in REPLIES.iter().enumerate() {
                if at > 0 {
                    peer.hear();
                }
                peer.say(&reply[..reply.len().min(left)]);
                left = left.saturating_sub(reply.len());
                if left == 0 {
                    return;
                }
            }
        });
        server.user = Some("bob".into());
        let access = Access { password: Some("secret".to_owned().into()), ..access() };
        match Smtp::new(server, access).deliver(&to(&["b@y.example"]), MAIL, &mut || Ok(())) {
            Err(error) => assert!(error.is_transient(), "{cut}: {error}"),
            Ok(outcomes) => {
                assert!(cut == whole && outcomes[0].status == Status::Deferred, "{cut}: {outcomes:?}")
            }
        }
    }
}
