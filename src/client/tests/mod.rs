//! The asking half against a server that is scripted to misbehave.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod stub;

use std::time::{Duration, Instant};

use stub::{Stub, answer, chunked};
use ureq::http::Method;
use url::Url;

use super::{Api, ClientError, Credentials, Http, trust};
use crate::wire::{Code, Secret, ask};

fn http(url: &str) -> Http {
    Http::new(&Url::parse(url).unwrap(), None).unwrap()
}

fn api(stub: &Stub) -> Api {
    Api::anonymous(http(&stub.url()))
}

fn alice(server: &str) -> Credentials {
    Credentials {
        login: "alice".parse().unwrap(),
        server: server.to_owned(),
        mail: "alice@example.org".to_owned(),
        device: None,
        token: Secret::generate().unwrap(),
        pending: false,
    }
}

const PORT: &str = r#"{"v":1,"type":"port","port":12345,"login":"alice","host":null,"state":"on","until":null,"new_field":[1]}"#;

#[test]
fn a_question_carries_the_token_and_its_answer_is_typed() {
    let stub = Stub::new([answer(200, PORT), answer(200, PORT)]);
    let me = alice(&stub.url());
    let api = Api::signed_in(http(&stub.url()), &me).unwrap();
    assert_eq!(api.assign_port(true).unwrap().port.get(), 12345);
    api.resolve(12345.try_into().unwrap()).unwrap();
    let asked = stub.asked();
    assert!(asked[0].starts_with("POST /v1/ports HTTP/1.1\r\n"), "{}", asked[0]);
    let token: String = me.token.into();
    assert!(asked[0].contains(&format!("authorization: Bearer {token}\r\n")), "{}", asked[0]);
    assert!(asked[0].ends_with("\r\n\r\n{\"new\":true}\n"), "{}", asked[0]);
    assert!(asked[1].starts_with("GET /v1/ports/12345 "), "{}", asked[1]);
    assert_eq!(stub.connections(), 1, "the connection is kept");
}

#[test]
fn a_token_goes_to_no_other_server() {
    let error = Api::signed_in(http("http://127.0.0.1:1"), &alice("http://127.0.0.1:4460")).unwrap_err();
    assert!(matches!(error, ClientError::OtherServer { .. }), "{error}");
}

#[test]
fn a_redirect_is_never_followed() {
    let other = Stub::new([answer(200, PORT)]);
    let redirect =
        format!("HTTP/1.1 307 X\r\nlocation: {}/v1/ports\r\ncontent-length: 0\r\n\r\n", other.url());
    let stub = Stub::new([redirect.into_bytes()]);
    let error = api(&stub).assign_port(false).unwrap_err();
    assert!(matches!(&error, ClientError::Protocol { why, .. } if why.contains("not followed")), "{error}");
    assert_eq!(other.connections(), 0);
}

#[test]
fn a_server_that_is_not_there_is_transient_and_named() {
    let gone = Stub::nobody();
    let error = Api::anonymous(http(&gone)).assign_port(false).unwrap_err();
    assert!(error.is_transient() && error.nothing_happened(), "{error:?}");
    assert!(
        error.to_string().contains(&gone) && error.to_string().contains("is ch-serve running"),
        "{error}"
    );
}

#[test]
fn a_refusal_is_the_servers_words_made_harmless() {
    let body = r#"{"v":1,"type":"error","code":"taken","message":"al\u001b[2Jice is taken","retry":null}"#;
    let error = api(&Stub::new([answer(409, body)])).assign_port(false).unwrap_err();
    assert_eq!(error.to_string(), "al[2Jice is taken");
    assert!(!error.is_transient());
    let ClientError::Refused(record) = error else { panic!("{error}") };
    assert_eq!(record.code, Code::Taken);
}

#[test]
fn what_is_no_answer_of_ours_is_a_protocol_error() {
    let record = r#"{"v":1,"type":"login","login":"a","mail":"","verified":false,"server":"","host":null,"device":null}"#;
    for (what, bytes, transient) in [
        ("garbage", b"220 mail.example.org ESMTP\r\n".to_vec(), false),
        ("no json", answer(200, "<html>hello</html>"), false),
        ("no fields", answer(200, r#"{"type":"port"}"#), false),
        ("another record", answer(200, record), false),
        ("an unknown record", answer(200, r#"{"type":"later"}"#), false),
        ("404 of a web server", answer(404, "<html>not here</html>"), false),
        ("502 of a proxy", answer(502, "<html>bad gateway</html>"), true),
        ("deep nesting", answer(200, &"[".repeat(100_000)), false),
    ] {
        let error = api(&Stub::new([bytes])).assign_port(false).unwrap_err();
        assert!(matches!(error, ClientError::Protocol { .. }), "{what}: {error:?}");
        assert_eq!(error.is_transient(), transient, "{what}: {error}");
        assert!(error.to_string().len() < 400, "{what}: {error}");
    }
}

#[test]
fn an_answer_that_breaks_off_is_transient() {
    let whole = answer(200, PORT);
    for length in [0, 10, whole.len() - 3] {
        let error = api(&Stub::new([whole[..length].to_vec()])).assign_port(false).unwrap_err();
        assert!(matches!(error, ClientError::Unreachable { sent: true, .. }), "{length}: {error:?}");
    }
}

#[test]
fn an_endless_answer_ends_in_bounded_memory() {
    let endless =
        |head: &str| Stub::endless(format!("HTTP/1.1 200 OK\r\n{head}"), b"aaaaaaaaaaaaaaaa".repeat(512));
    let head = api(&endless("x: ")).assign_port(false).unwrap_err();
    assert!(matches!(head, ClientError::Protocol { .. }), "{head:?}");
    let body = api(&endless("content-length: 99999999999\r\n\r\n")).assign_port(false).unwrap_err();
    assert!(matches!(&body, ClientError::Protocol { why, .. } if why.contains("without end")), "{body:?}");
    let line = api(&endless("content-length: 99999999999\r\n\r\n")).devices().unwrap_err();
    assert!(
        matches!(&line, ClientError::Protocol { why, .. } if why.contains("a line without end")),
        "{line:?}"
    );
}

#[test]
fn a_slow_server_is_given_up() {
    let stub = Stub::greeting(b"");
    let http = http(&stub.url()).answer_within(Duration::from_millis(100));
    let started = Instant::now();
    let error = http.ask(Method::GET, "/healthz", None, None).unwrap_err();
    assert!(matches!(error, ClientError::Unreachable { sent: true, .. }), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

fn ticket(to: &str) -> String {
    let ticket = "AQEAAQAAAGQAADA5AAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    format!(
        r#"{{"v":1,"type":"ticket","ref":null,"to":"{to}","port":12345,"ticket":"{ticket}","url":"","expires":"2026-11-01T09:00:00Z"}}"#
    )
}

#[test]
fn the_connection_is_kept_after_an_answer_of_many_lines_that_was_only_read_as_far_as_asked() {
    let body = format!("{}\n", ticket("a"));
    let stub = Stub::new([chunked(&body), chunked(&body), answer(200, PORT)]);
    let api = api(&stub);
    for _ in 0..2 {
        api.mint_one(ask::Mint { to: vec!["a".into()], ..Default::default() }).unwrap();
    }
    api.assign_port(false).unwrap();
    assert_eq!(stub.connections(), 1);
}

#[test]
fn tickets_come_in_the_order_of_mails_and_recipients_with_refusals_in_place() {
    let refusal = r#"{"v":1,"type":"error","code":"too_large","message":"no","retry":null}"#;
    let body = format!("{}\n{}\n{refusal}\n{}\n", ticket("a"), ticket("b"), ticket("c"));
    let stub = Stub::new([answer(200, &body)]);
    let mail =
        |to: &[&str]| ask::Mint { to: to.iter().map(|&to| to.to_owned()).collect(), ..Default::default() };
    let mut got = Vec::new();
    api(&stub)
        .mint([mail(&["a", "b"]), mail(&["x", "y"]), mail(&["c"])], |mail, minted| {
            got.push((mail.to.len(), minted.map(|tickets| tickets.len()).map_err(|record| record.code)));
            Ok::<_, ClientError>(())
        })
        .unwrap();
    assert_eq!(got, [(2, Ok(2)), (2, Err(Code::TooLarge)), (1, Ok(1))]);
    assert_eq!(stub.asked()[0].split("\r\n\r\n").nth(1).unwrap().lines().count(), 3);
}

#[test]
fn too_few_tickets_are_an_error_not_a_wait() {
    let stub = Stub::new([answer(200, "")]);
    let error = api(&stub).mint_one(ask::Mint { to: vec!["a".into()], ..Default::default() }).unwrap_err();
    assert!(matches!(error, ClientError::Protocol { .. }), "{error:?}");
}

#[test]
fn a_certificate_counts_when_somebody_vouches_for_it() {
    let ask = |ca: Option<&std::path::Path>| {
        let (stub, pem) = Stub::tls(answer(200, PORT));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, pem).unwrap();
        let url = Url::parse(&stub.url()).unwrap();
        let http = Http::new(&url, ca.or(Some(file.path())))?;
        Api::anonymous(http).assign_port(false)
    };
    assert_eq!(ask(None).unwrap().port.get(), 12345);
    let (_, another) = Stub::tls(answer(200, PORT));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, another).unwrap();
    let error = ask(Some(file.path())).unwrap_err();
    assert!(matches!(error, ClientError::Tls { .. }) && error.nothing_happened(), "{error:?}");
    for no_certificates in ["/dev/null", "/nowhere/ca.pem"] {
        let error = ask(Some(no_certificates.as_ref())).unwrap_err();
        assert!(matches!(&error, ClientError::Config(why) if why.contains(no_certificates)), "{error:?}");
    }
}

#[test]
fn plain_text_where_tls_was_due_is_no_trust() {
    let stub = Stub::greeting(b"220 mail.example.org ESMTP\r\n");
    let error = Api::anonymous(http(&stub.url().replace("http:", "https:"))).assign_port(false).unwrap_err();
    assert!(matches!(error, ClientError::Tls { .. }), "{error:?}");
}

#[test]
fn a_strangers_name_that_leads_home_is_never_connected_to() {
    let stub = Stub::new([]);
    let port = Url::parse(&stub.url()).unwrap().port().unwrap();
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        let server = Url::parse(&format!("http://{host}:{port}")).unwrap();
        let stranger = Http::to(&server, None, trust::Standing::Known).unwrap();
        let error = stranger.ask(Method::GET, "/", None, None).unwrap_err();
        assert!(matches!(error, ClientError::Untrusted(trust::Refusal::NotPublic { .. })), "{host}: {error}");
        assert!(!error.is_transient());
    }
    assert_eq!(stub.connections(), 0);
}
