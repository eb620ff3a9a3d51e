//! S101: registering, confirming, second machines, and what a lost one costs.

use super::*;

#[tokio::test]
async fn the_same_registration_again_gets_the_same_answer() {
    let house = House::new().await;
    let token = Secret::generate().unwrap();
    let first = house.ask("POST", "/v1/logins", &registration("Alice", &token)).await;
    let again = house.ask("POST", "/v1/logins", &registration("alice", &token)).await;
    assert_eq!((first.status, again.status), (201, 200));
    let Record::Login(record) = first.record() else { panic!("{first:?}") };
    assert_eq!((record.login, record.verified), (login("alice"), false));
    assert_eq!(record.host.as_deref(), Some("127.0.0.1"));
    assert_eq!(record.server, house.public().as_str());
}

#[tokio::test]
async fn a_name_is_one_persons() {
    let house = House::new().await;
    house.person("alice").await;
    let other = Secret::generate().unwrap();
    assert_eq!(house.ask("POST", "/v1/logins", &registration("alice", &other)).await.code(), Code::Taken);
    assert_eq!(house.ask("POST", "/v1/logins", &registration("m-abc", &other)).await.code(), Code::Forbidden);
}

#[tokio::test]
async fn what_is_no_registration_is_refused() {
    let house = House::new().await;
    let token = String::from(Secret::generate().unwrap());
    for body in [
        String::new(),
        "[]".to_owned(),
        "{".to_owned(),
        format!("{{\"login\":\"a b\",\"mail\":\"a@b\",\"token\":\"{token}\"}}"),
        format!("{{\"login\":\"a\",\"token\":\"{token}\"}}"),
        format!("{{\"login\":\"a\",\"mail\":\"nobody\",\"token\":\"{token}\"}}"),
        format!("{{\"login\":\"a\",\"mail\":\"a@b.example\\r\\nBcc: x@y\",\"token\":\"{token}\"}}"),
        format!("{{\"login\":\"a\",\"mail\":\"a@b.example\",\"token\":\"{}\"}}", &token[1..]),
        format!("{{\"login\":\"a\",\"mail\":\"a@b.example\",\"token\":\"{token}\",\"device\":\"a\\nb\"}}"),
    ] {
        assert_eq!(house.ask("POST", "/v1/logins", &body).await.code(), Code::BadRequest, "{body}");
    }
}

#[tokio::test]
async fn ten_registrations_an_hour_and_address_and_retries_are_free() {
    let house = House::with(|options, _| {
        options.register_rate = 3;
        options.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    let token = house.person("a").await;
    for _ in 0..10 {
        assert_eq!(house.ask("POST", "/v1/logins", &registration("a", &token)).await.status, 200);
    }
    house.person("b").await;
    house.person("c").await;
    let token = Secret::generate().unwrap();
    let over = house.ask("POST", "/v1/logins", &registration("d", &token)).await;
    assert_eq!(over.code(), Code::TooMany);
    assert!(over.head.contains("retry-after: "), "{over:?}");
    // Somebody elsewhere is not held up.
    let elsewhere = [("X-Forwarded-For", "192.0.2.9")];
    let answer = house.ask_with("POST", "/v1/logins", &elsewhere, &registration("d", &token)).await;
    assert_eq!(answer.status, 201);
}

#[tokio::test]
async fn an_address_is_confirmed_by_its_own_mail() {
    let house = House::new().await;
    let token = house.person("alice").await;
    let mail = house.mail("alice@example.org", 0).await;
    assert!(mail.contains("\nAuto-Submitted: auto-generated\n"), "{mail}");
    assert!(!mail.contains("CH-"), "{mail}");
    let ticket = after(&mail, "/confirm?t=");
    let confirmed = house.ask("POST", "/v1/confirm", &format!("{{\"ticket\":\"{ticket}\"}}")).await;
    let Record::Login(record) = confirmed.record() else { panic!("{confirmed:?}") };
    assert!(record.verified);
    let again = house.ask("POST", "/v1/confirm", &format!("{{\"ticket\":\"{ticket}\"}}")).await;
    assert_eq!(again, Answer { head: again.head.clone(), ..confirmed });
    // Nothing is left to confirm, so nothing is mailed.
    assert_eq!(house.ask_as(&token, "POST", "/v1/confirm/again", "").await.status, 202);
    assert_eq!(house.mails("alice@example.org"), 1);
}

#[tokio::test]
async fn only_an_unexpired_confirmation_of_ours_confirms() {
    let house = House::new().await;
    let token = house.person("alice").await;
    let mail = house.mail("alice@example.org", 0).await;
    let good: Ticket = after(&mail, "/confirm?t=").parse().unwrap();
    let chat = house.mint(&token, "{\"to\":[\"bob@example.org\"]}").await.remove(0);
    let expired = house.signed(&good, |claims| claims.expires = Time::now().plus(-1000));
    let nobodys = house.signed(&good, |claims| claims.mail = 99);
    for (ticket, code) in [
        (forged(&good), Code::BadTicket),
        (chat, Code::BadTicket),
        (expired, Code::Expired),
        (nobodys, Code::NotFound),
    ] {
        let answer = house.ask("POST", "/v1/confirm", &format!("{{\"ticket\":\"{ticket}\"}}")).await;
        assert_eq!(answer.code(), code);
    }
    assert!(!house.store.login(login("alice")).await.unwrap().unwrap().verified);
}

#[tokio::test]
async fn a_taken_address_is_accepted_stays_unconfirmed_and_its_owner_is_told() {
    let house = House::new().await;
    house.known("alice").await;
    house.mail("alice@example.org", 0).await;
    let token = Secret::generate().unwrap();
    let body = registration("mallory", &token).replace("mallory@", "ALICE@");
    assert_eq!(house.ask("POST", "/v1/logins", &body).await.status, 201);
    let told = house.mail("alice@example.org", 1).await;
    assert!(told.contains("mallory") && told.contains("your login alice"), "{told}");
    assert!(!told.contains("/confirm"), "{told}");
    // Nor does a confirmation that somehow comes bind an address that is another's.
    let row = house.store.login(login("mallory")).await.unwrap().unwrap();
    let ticket = house.store.sign(Claims {
        action: Action::Confirm,
        key: 0,
        expires: Time::now().plus(100_000),
        port: Port::at_least_one(1),
        mail: row.row,
        recipient: 0,
    });
    let answer = house.ask("POST", "/v1/confirm", &format!("{{\"ticket\":\"{ticket}\"}}")).await;
    assert_eq!(answer.code(), Code::Taken);
}

#[tokio::test]
async fn a_code_lets_one_more_machine_in_once() {
    let house = House::new().await;
    let token = house.person("alice").await;
    let answer = house.ask_as(&token, "POST", "/v1/codes", "").await;
    assert_eq!(answer.status, 201);
    let Record::Code(code) = answer.record() else { panic!("{answer:?}") };
    let with = |token: &Secret, code: &str| {
        let token = String::from(token.clone());
        format!("{{\"login\":\"alice\",\"token\":\"{token}\",\"device\":\"laptop\",\"code\":\"{code}\"}}")
    };
    let (second, third) = (Secret::generate().unwrap(), Secret::generate().unwrap());
    let wrong = house.ask("POST", "/v1/logins", &with(&second, "0000-0000-0000-0000")).await;
    assert_eq!(wrong.code(), Code::NotFound);
    let typed = code.code.to_uppercase().replace('-', " ");
    assert_eq!(house.ask("POST", "/v1/logins", &with(&second, &typed)).await.status, 201);
    assert_eq!(house.ask("POST", "/v1/logins", &with(&second, &code.code)).await.status, 200);
    assert_eq!(house.ask("POST", "/v1/logins", &with(&third, &code.code)).await.code(), Code::NotFound);

    let Record::Device(laptop) = house
        .ask_as(&second, "GET", "/v1/devices", "")
        .await
        .records()
        .into_iter()
        .find(|record| matches!(record, Record::Device(device) if device.this))
        .unwrap()
    else {
        panic!("a device")
    };
    assert_eq!(laptop.name, "laptop");
    let path = format!("/v1/devices/{}", laptop.id);
    assert_eq!(house.ask_as(&token, "DELETE", &path, "").await.status, 204);
    assert_eq!(house.ask_as(&second, "GET", "/v1/devices", "").await.code(), Code::Unauthorized);
    assert_eq!(house.ask_as(&token, "DELETE", &path, "").await.code(), Code::NotFound);
}

#[tokio::test]
async fn recovery_says_the_same_to_everybody_and_mails_only_a_confirmed_address() {
    let house = House::new().await;
    house.known("alice").await;
    house.person("carol").await;
    house.mail("carol@example.org", 0).await;
    let mut answers = Vec::new();
    for name in ["nobody", "carol", "alice"] {
        let answer = house.ask("POST", "/v1/logins/recover", &format!("{{\"login\":\"{name}\"}}")).await;
        answers.push((answer.status, answer.body));
    }
    assert_eq!(answers, vec![(202, String::new()); 3]);
    let mail = house.mail("alice@example.org", 1).await;
    let code = mail.lines().find(|line| line.len() == 19 && line.matches('-').count() == 3).expect(&mail);
    let token = Secret::generate().unwrap();
    let body =
        format!("{{\"login\":\"alice\",\"token\":\"{}\",\"code\":\"{code}\"}}", String::from(token.clone()));
    assert_eq!(house.ask("POST", "/v1/logins", &body).await.status, 201);
    assert_eq!(house.mails("carol@example.org"), 1);
}

#[tokio::test]
async fn a_server_without_a_way_for_mail_promises_none() {
    let house = House::with(|options, _| options.way = None).await;
    let token = house.person("alice").await;
    assert_eq!(house.ask_as(&token, "POST", "/v1/confirm/again", "").await.code(), Code::Forbidden);
    let recover = house.ask("POST", "/v1/logins/recover", "{\"login\":\"alice\"}").await;
    assert_eq!(recover.code(), Code::Forbidden);
    assert_eq!(house.ask("GET", "/v1/server", "").await.json()["mail"], false);
    assert_eq!(house.store.letters_waiting().await.unwrap(), 0);
}

#[tokio::test]
async fn a_deleted_login_is_nobody() {
    let house = House::new().await;
    let token = house.person("alice").await;
    assert_eq!(house.ask_as(&token, "DELETE", "/v1/logins", "").await.status, 204);
    assert_eq!(house.ask_as(&token, "POST", "/v1/ports", "").await.code(), Code::Unauthorized);
    let other = Secret::generate().unwrap();
    assert_eq!(house.ask("POST", "/v1/logins", &registration("alice", &other)).await.code(), Code::Taken);
}

#[tokio::test]
async fn a_wrong_token_is_401_whatever_is_wrong_with_it() {
    let house = House::new().await;
    let token = String::from(house.person("alice").await);
    for value in [
        String::new(),
        "Bearer".to_owned(),
        "Bearer x".to_owned(),
        format!("Basic {token}"),
        format!("Bearer {}", String::from(Secret::generate().unwrap())),
        token.clone(),
    ] {
        let answer = house.ask_with("POST", "/v1/ports", &[("Authorization", &value)], "").await;
        assert_eq!(answer.code(), Code::Unauthorized, "{value}");
        assert!(answer.head.contains("www-authenticate: bearer"), "{answer:?}");
    }
    let lower = format!("bearer {token}");
    assert_eq!(house.ask_with("POST", "/v1/ports", &[("Authorization", &lower)], "").await.status, 200);
}
