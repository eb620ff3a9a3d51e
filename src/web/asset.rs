//! What the pages are made with beside their HTML: the style sheet and the scripts, under one address that changes
//! with them, so that a page never gets one half of an old version and one of a new.

use std::{borrow::Cow, io::Write, sync::LazyLock};

use flate2::{Compression, write::GzEncoder};

use crate::wire::SecretHash;

/// One file, by the name it is served under.
#[derive(Debug)]
pub struct Asset {
    /// Its name.
    pub name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// What is served.
    pub bytes: Cow<'static, [u8]>,
    /// The same as gzip (RFC 1952), made once, for those who take it: a third of it.
    pub gzip: Cow<'static, [u8]>,
}

const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! scripts {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("script/", $name)))),*]
    };
}

/// The modules, in the order in which a page needs them.
const SCRIPTS: &[(&str, &str)] = scripts![
    "c.js",
    "chats.js",
    "agenda.js",
    "api.js",
    "call.js",
    "chatsview.js",
    "clean.js",
    "composer.js",
    "course.js",
    "dom.js",
    "guest.js",
    "keep.js",
    "keyed.js",
    "socket.js",
    "sound.js",
    "talk.js",
    "talkview.js",
    "view.js",
    "words.js",
    "words-en.js",
    "words-ko.js",
    "chats-en.js",
    "chats-ko.js",
];

/// The style sheets: what every page has, and what only the page of a signed-in login has.
const STYLES: &[(&str, &str)] =
    &[("style.css", include_str!("style.css")), ("chats.css", include_str!("chats.css"))];

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let all = [(STYLE, STYLES), (SCRIPT, SCRIPTS)];
    all.into_iter()
        .flat_map(|(media_type, files)| files.iter().map(move |(name, source)| (media_type, name, source)))
        .map(|(media_type, name, source)| {
            let bytes = bare(source).into_bytes();
            let gzip = zipped(&bytes).into();
            Asset { name, media_type, bytes: bytes.into(), gzip }
        })
        .collect()
});

/// Names this very set of files.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut all = Vec::new();
    for asset in ASSETS.iter() {
        all.extend_from_slice(asset.name.as_bytes());
        all.extend_from_slice(&SecretHash::of(&asset.bytes).0);
    }
    SecretHash::of(&all).0.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
});

/// A file of this version, by its name.
#[must_use]
pub fn asset(version: &str, name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name).filter(|_| version == *VERSION)
}

/// Where a file is, from a page at the top.
#[must_use]
pub fn place(name: &str) -> String {
    format!("web/{}/{name}", *VERSION)
}

/// The modules that one needs, itself first, with theirs: a browser that is told of all of them at once need not find
/// out from each. What is imported only sometimes is not among them.
#[must_use]
pub fn modules(script: &'static str) -> Vec<&'static str> {
    let mut needed = vec![script];
    let mut seen = 0;
    while let Some(name) = needed.get(seen) {
        let source = SCRIPTS.iter().find(|(known, _)| known == name).map_or("", |(_, source)| source);
        let imported = source.lines().filter_map(|line| line.strip_suffix("';")?.split_once(" from './"));
        let imported: Vec<_> =
            imported.map(|(_, other)| other).filter(|other| !needed.contains(other)).collect();
        needed.extend(imported);
        seen += 1;
    }
    needed
}

/// Nothing can go wrong on the way into memory.
fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut zip = GzEncoder::new(Vec::new(), Compression::best());
    let written = zip.write_all(bytes);
    written.and_then(|()| zip.finish()).unwrap_or_default()
}

/// A script or style sheet without its comments and indentation: who has a slow line need not wait for them. Ours have
/// comments on lines of their own, and no text over several lines.
fn bare(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut in_comment = false;
    for line in source.lines().map(str::trim) {
        in_comment |= line.starts_with("/*");
        if !in_comment && !line.is_empty() && !line.starts_with("//") {
            out.push_str(line);
            out.push('\n');
        }
        in_comment &= !line.ends_with("*/");
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Read;

    use super::*;
    use crate::web::{Lang, Terms};

    /// Bytes a visitor's browser gets in all, page and icon included: a third of what it may be, because each answer has
    /// a head, and a visitor may look at the other language, too. What comes over a real wire is counted in the browser.
    const ALL: usize = 30_000;

    #[test]
    fn a_slow_line_gets_less_than_60_kilobytes_in_all() {
        for (lang, words) in [(Lang::En, "words-en.js"), (Lang::Ko, "words-ko.js")] {
            let page = crate::web::chat(lang, &Terms { mail: true, keep_days: 365 });
            let files = ["style.css", words].into_iter().chain(modules("c.js"));
            let files: usize = files.map(|name| asset(&VERSION, name).unwrap().gzip.len()).sum();
            let all = page.len() + crate::web::FAVICON.len() + files;
            assert!(all < ALL, "{all} bytes");
        }
    }

    #[test]
    fn the_page_of_the_signed_in_is_light_too() {
        for (lang, words) in
            [(Lang::En, ["words-en.js", "chats-en.js"]), (Lang::Ko, ["words-ko.js", "chats-ko.js"])]
        {
            let files = ["style.css", "chats.css"].into_iter().chain(words).chain(modules("chats.js"));
            let files: usize = files.map(|name| asset(&VERSION, name).unwrap().gzip.len()).sum();
            let all = crate::web::chats(lang, 365).len() + crate::web::FAVICON.len() + files;
            assert!(all < ALL + ALL * 2 / 5, "{all} bytes");
        }
    }

    #[test]
    fn what_is_served_as_gzip_is_the_same() {
        for asset in ASSETS.iter() {
            let mut bytes = Vec::new();
            flate2::read::GzDecoder::new(&*asset.gzip).read_to_end(&mut bytes).unwrap();
            assert_eq!(bytes, &*asset.bytes, "{}", asset.name);
        }
    }

    #[test]
    fn a_page_is_told_of_every_module_it_needs() {
        let needed = modules("c.js");
        assert_eq!(needed[0], "c.js");
        for name in ["socket.js", "talk.js", "dom.js"] {
            assert!(needed.contains(&name), "{needed:?}");
        }
        assert!(!needed.contains(&"words-ko.js"), "{needed:?}");
    }

    #[test]
    fn comments_are_left_out_and_code_is_not() {
        assert_eq!(
            bare("// what\n/** a\n * b\n */\nlet x = 1;\n\n  /* c */\n  x /= 2; // d\n"),
            "let x = 1;\nx /= 2; // d\n"
        );
    }

    #[test]
    fn every_module_that_is_imported_is_there() {
        for (name, _) in SCRIPTS {
            for needed in modules(name) {
                assert!(SCRIPTS.iter().any(|(known, _)| *known == needed), "{name} needs {needed}");
            }
        }
    }

    #[test]
    fn scripts_use_nothing_that_reads_text_as_html_or_code() {
        let forbidden = [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "DOMParser",
            "createContextualFragment",
            "srcdoc",
            "javascript:",
            ".style.",
            "setHTML",
        ];
        for (name, source) in SCRIPTS {
            for word in forbidden {
                assert!(!source.contains(word), "{name}: {word:?}");
            }
            // What `bare` relies on.
            assert!(
                source.lines().all(|line| line.matches('`').count() % 2 == 0),
                "{name}: a text of several lines"
            );
            assert!(source.starts_with("// "), "{name}: its first line does not say what it is");
            assert!(source.lines().count() <= 400, "{name} is too long");
        }
    }

    #[test]
    fn the_words_of_both_languages_are_the_same_ones() {
        let source = |wanted: &str| SCRIPTS.iter().find(|(name, _)| *name == wanted).unwrap().1;
        let keys = |name: &str| -> Vec<&str> {
            let words = source(name).lines().filter_map(|line| line.strip_prefix("  "));
            words
                .filter_map(|line| line.split_once(": "))
                .map(|(key, _)| key)
                .filter(|key| !key.starts_with("//"))
                .collect()
        };
        for page in ["words", "chats"] {
            assert_eq!(keys(&format!("{page}-en.js")), keys(&format!("{page}-ko.js")), "{page}");
        }
        // A page's own words take the place of everybody's: on purpose only.
        let (all, own) = (keys("words-en.js"), keys("chats-en.js"));
        let both: Vec<_> = own.into_iter().filter(|key| all.contains(key)).collect();
        assert_eq!(both, ["talking"]);
    }
}
