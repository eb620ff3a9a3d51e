//! The mail servers that other tests stand on: a mail goes in by SMTP and comes out over POP3, without our tools.

use crate::world::{World, dovecot, dovecot::Dovecot, pop3, postfix::Postfix, smtp};

#[test]
fn a_mail_goes_through_postfix_and_comes_back_over_pop3() {
    let world = World::new();
    let postfix = Postfix::start(&world, &["alice", "bob"]);
    let dovecot = Dovecot::start(&world);

    let message =
        "From: alice@example.org\r\nTo: bob@example.org\r\nSubject: Boots\r\nCH-Port: 12345\r\n\r\nNew.";
    smtp::send(postfix.port, "alice@example.org", "bob@example.org", message).unwrap();
    world.mail_after("bob@example.org", 0);

    let mails = pop3::fetch(dovecot.port, "bob@example.org", dovecot::PASSWORD);
    assert_eq!(mails.len(), 1, "{}", dovecot.log());
    let mail = String::from_utf8(mails[0].clone()).unwrap();
    assert!(mail.contains("\r\nSubject: Boots\r\nCH-Port: 12345\r\n"), "{mail}");
    assert!(mail.ends_with("\r\n\r\nNew.\r\n"), "{mail}");
    assert!(pop3::fetch(dovecot.port, "alice@example.org", dovecot::PASSWORD).is_empty());
}

#[test]
fn a_stranger_is_unknown_through_postfix() {
    let world = World::new();
    let postfix = Postfix::start(&world, &["alice"]);
    let refused = smtp::send(postfix.port, "alice@example.org", "nobody@example.org", "Subject: x\r\n\r\nx");
    assert!(refused.unwrap_err().starts_with("550 "), "{}", postfix.log());
}
