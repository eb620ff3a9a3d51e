//! The pages: looked at without effect, pressed with one.

use super::*;

#[tokio::test]
async fn looking_at_the_confirmation_does_nothing_pressing_it_does() {
    let house = House::new().await;
    house.person("alice").await;
    let mail = house.mail("alice@example.org", 0).await;
    let ticket = after(&mail, "/confirm?t=");
    let verified = async || house.store.login(login("alice")).await.unwrap().unwrap().verified;

    let page = house.ask("GET", &format!("/confirm?t={ticket}"), "").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<button>Confirm</button>"), "{page:?}");
    assert!(!verified().await);

    let korean = [("Accept-Language", "ko-KR,ko;q=0.9")];
    let pressed = house.ask_with("POST", "/confirm", &korean, &format!("t={ticket}")).await;
    assert_eq!(pressed.status, 200);
    assert!(pressed.body.contains("lang=\"ko\"") && pressed.body.contains("alice"), "{pressed:?}");
    assert!(verified().await);

    let broken = house.ask("POST", "/confirm", &format!("t={}", forged(&ticket.parse().unwrap()))).await;
    assert_eq!(broken.status, 403);
}

#[tokio::test]
async fn a_plain_page_is_there_in_the_other_language_too_and_stays_in_it() {
    let house = House::new().await;
    house.person("alice").await;
    let mail = house.mail("alice@example.org", 0).await;
    let ticket = after(&mail, "/confirm?t=");
    for path in ["/sign-in".to_owned(), format!("/confirm?t={ticket}")] {
        let page = house.ask("GET", &path, "").await;
        let link = after(&page.body, "<footer><a href=\"").split('"').next().unwrap().replace("&amp;", "&");
        assert!(page.body.contains("lang=\"en\"") && page.body.contains("?lang=en\""), "{page:?}");
        let other = house.ask("GET", &format!("{}{link}", path.split('?').next().unwrap()), "").await;
        assert_eq!(other.status, 200, "{other:?}");
        assert!(other.body.contains("<html lang=\"ko\">"), "{other:?}");
        assert!(other.body.contains("?lang=ko\">"), "its form goes on in it: {other:?}");
    }
    let pressed = house.ask("POST", "/confirm?lang=ko", &format!("t={ticket}")).await;
    assert_eq!(pressed.status, 200, "{pressed:?}");
    assert!(pressed.body.contains("<html lang=\"ko\">"), "{pressed:?}");
}

#[tokio::test]
async fn where_nothing_is_people_get_a_page_and_programs_a_record() {
    let house = House::new().await;
    let browser = [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"), ("Accept-Language", "ko")];
    let page = house.ask_with("GET", "/a/b", &browser, "").await;
    assert_eq!(page.status, 404);
    assert!(page.head.contains("content-type: text/html") && page.body.contains("lang=\"ko\""), "{page:?}");
    assert!(page.body.contains("href=\"../web/"), "its style is found from there: {page:?}");
    for (path, headers) in [("/a/b", &[][..]), ("/v1/nothing", &browser)] {
        let record = house.ask_with("GET", path, headers, "").await;
        assert_eq!((record.status, record.code()), (404, Code::NotFound), "{path}");
    }
}

#[tokio::test]
async fn what_pages_are_made_with_comes_as_gzip_to_who_takes_it() {
    let house = House::new().await;
    let page = house.ask("GET", "/c", "").await.body;
    let style = after(page.split_once("rel=\"stylesheet\" href=\"").unwrap().1, "").trim_end_matches("\">");
    let head = async |accepts: &str| {
        house.ask_with("HEAD", &format!("/{style}"), &[("Accept-Encoding", accepts)], "").await.head
    };
    for (accepts, zips) in
        [("gzip, br", true), ("br;q=1, gzip;q=0.5", true), ("br", false), ("gzip;q=0", false)]
    {
        let head = head(accepts).await;
        assert_eq!(head.contains("content-encoding: gzip"), zips, "{accepts}: {head}");
        assert!(head.contains("vary: accept-encoding"), "{head}");
    }
}

#[tokio::test]
async fn a_page_keeps_to_itself() {
    let house = House::new().await;
    for path in ["/", "/c", "/confirm?t=x"] {
        let page = house.ask("GET", path, "").await;
        for field in [
            "content-security-policy: default-src 'none'",
            "frame-ancestors 'none'",
            "referrer-policy: no-referrer",
            "x-content-type-options: nosniff",
            "content-type: text/html",
        ] {
            assert!(page.head.contains(field), "{path}: {field} in {page:?}");
        }
        assert!(!page.body.replace("<script type=\"module\" src=\"", "").contains("<script"), "{page:?}");
    }
    assert!(house.ask("GET", "/c", "").await.body.contains("ch-chat open"));
}

#[tokio::test]
async fn a_page_gets_the_files_of_its_own_version_and_of_no_other() {
    let house = House::new().await;
    let page = house.ask("GET", "/c", "").await;
    assert!(page.head.contains("script-src 'self'; connect-src 'self' ws://"), "{page:?}");
    let named: Vec<_> = page.body.split(['"']).filter(|word| word.starts_with("web/")).collect();
    assert!(named.len() > 10, "{page:?}");
    for path in &named {
        let file = house.ask("GET", &format!("/{path}"), "").await;
        assert_eq!(file.status, 200, "{path}");
        let media_type = if path.ends_with(".css") { "text/css" } else { "text/javascript" };
        for field in [media_type, "immutable", "x-content-type-options: nosniff"] {
            assert!(file.head.contains(field), "{path}: {field} in {file:?}");
        }
    }
    for other in ["/web/0123456789ab/c.js", &format!("/{}", named[0].replace("style.css", "secret.js"))] {
        assert_eq!(house.ask("GET", other, "").await.status, 404, "{other}");
    }
}
