//! Links to hosts that have nothing to do with the sender: they make filters suspicious.

use std::collections::BTreeSet;

use super::{Facts, Found};
use crate::mail::mailbox::Mailbox;

/// Says which other hosts the HTML names.
pub(super) fn foreign(html: &str, facts: &Facts<'_>, found: &mut Found) {
    let host = |text: &str| url::Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_lowercase));
    let domain = facts.parts.from.parse::<Mailbox>().ok().map(|from| from.address.domain().to_string());
    let own: Vec<String> = [host(&facts.parts.server), domain, facts.parts.ad.link.as_deref().and_then(host)]
        .into_iter()
        .flatten()
        .map(|own| own.to_lowercase())
        .collect();
    let is_own = |host: &String| own.iter().any(|own| host == own || host.ends_with(&format!(".{own}")));
    for host in hosts(html).into_iter().filter(|host| !is_own(host)) {
        found.push("foreign-link", format!("the mail links to {host}"));
    }
}

/// Every host that stands behind `//` with http, https, or nothing before it (RFC 3986 §4.2).
fn hosts(html: &str) -> BTreeSet<String> {
    // Engines write a slash as they like.
    let html = html.replace("&#x2f;", "/").replace("&#x2F;", "/").replace("&#47;", "/");
    let mut hosts = BTreeSet::new();
    for (at, _) in html.match_indices("//") {
        let (before, link) = html.split_at(at);
        let scheme = before.strip_suffix(':').map(|before| {
            let begin = before.rfind(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c));
            &before
                [begin.map_or(0, |begin| begin + before[begin..].chars().next().map_or(1, char::len_utf8))..]
        });
        let is_link = match scheme {
            Some(scheme) => ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)),
            None => before.ends_with(|c: char| "\"\'=(".contains(c) || c.is_whitespace()),
        };
        if !is_link {
            continue;
        }
        let link =
            link.split(|c: char| "\"\'<>)".contains(c) || c.is_whitespace()).next().unwrap_or_default();
        let host = url::Url::parse(&format!("https:{link}")).ok();
        let host = host.and_then(|url| url.host_str().map(str::to_lowercase));
        // Without a scheme it may be a remark in a style sheet: a host has a dot.
        hosts.extend(host.filter(|host| scheme.is_some() || host.contains('.')));
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_found_however_the_link_is_written() {
        let html = "<a href=\"https://a.example/x\"><img src='//tracker.com/x.gif'><a href=HTTP://EVIL.com/>\
                    <a href=\"https:&#x2f;&#x2f;b.example&#x2f;\"> url(//c.example/x) https://d.example).";
        let found: Vec<String> = hosts(html).into_iter().collect();
        assert_eq!(found, ["a.example", "b.example", "c.example", "d.example", "evil.com", "tracker.com"]);
    }

    #[test]
    fn what_is_no_link_names_no_host() {
        for html in
            ["a//b.example", "ftp://x.example", "// a remark", "cid:x@picture", "한://x", "//", "https://"]
        {
            assert!(hosts(html).is_empty(), "{html}: {:?}", hosts(html));
        }
    }
}
