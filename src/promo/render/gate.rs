//! What a template may say, looked at before the engine sees it.
//!
//! Ads come from companies, and the engine's whole language is too much for them: a long chain of operators overflows the
//! stack of whoever compiles it, lists inside lists grow without being counted, and a name that is wrong in a branch is found
//! only when a member's mail takes it. What is left needs no counting:
//!
//! ```text
//! {{ name }}   {{ name|upper }}   {{ name or "friend" }}   {% if price %}…{% elif … %}…{% else %}…{% endif %}
//! ```
//!
//! Where a mark begins and ends is decided as the engine does it. That can be done in a few lines because comments, raw blocks
//! and brackets, the places where the two could come apart, are refused.

/// What a template can name.
pub(super) const NAMES: [&str; 11] = [
    "name",
    "locale",
    "title",
    "company",
    "price",
    "link",
    "picture",
    "postal",
    "language",
    "chat_link",
    "unsubscribe_link",
];
/// What can be done to what it names.
pub(super) const FILTERS: [&str; 6] = ["upper", "lower", "title", "capitalize", "trim", "default"];

/// Bytes of one mark: the engine goes as deep as it is long.
const MARK: usize = 500;
/// Marks of one template.
const MARKS: usize = 1000;
/// `if`s inside each other, every `elif` counted as one more.
const DEPTH: usize = 30;

/// A template's piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word<'a> {
    Name(&'a str),
    Text,
    Number,
    Sign(char),
}

/// Whether there is anything in a template for the engine to do.
///
/// # Errors
/// What it must not say, with the line.
pub(super) fn check(template: &str) -> Result<bool, String> {
    let (mut at, mut marks, mut open) = (0, 0, Vec::new());
    while let Some((begin, kind)) = next_mark(&template[at..]) {
        let begin = at + begin;
        let line = 1 + template[..begin].matches('\n').count();
        let wrong = |why: String| format!("{why} (line {line})");
        if kind == b'#' {
            return Err(wrong("{# begins a comment, which templates here do not have".to_owned()));
        }
        let (words, end) = mark(&template[begin..], kind).map_err(wrong)?;
        match kind {
            b'{' => expression(&words),
            _ => statement(&words, &mut open),
        }
        .map_err(wrong)?;
        (at, marks) = (begin + end, marks + 1);
        if marks > MARKS {
            return Err(wrong(format!("more than {MARKS} marks")));
        }
    }
    if open.is_empty() { Ok(marks > 0) } else { Err("{% if … %} without its {% endif %}".to_owned()) }
}

/// Where the next mark begins, and the byte that says which kind it is.
fn next_mark(text: &str) -> Option<(usize, u8)> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'{', bytes).find_map(|at| {
        let kind = *bytes.get(at + 1)?;
        matches!(kind, b'{' | b'%' | b'#').then_some((at, kind))
    })
}

/// The words of the mark that a text begins with, and its length.
fn mark(text: &str, kind: u8) -> Result<(Vec<Word<'_>>, usize), String> {
    let close = if kind == b'{' { "}}" } else { "%}" };
    let not_closed = || format!("a mark without its {close}, or of more than {MARK} bytes");
    let (mut words, mut at) = (Vec::new(), 2);
    // White space control: `{{-` and `-}}`.
    if text[at..].starts_with(['-', '+']) {
        at += 1;
    }
    while at <= MARK {
        let rest = &text[at..];
        if rest.starts_with(close) {
            return Ok((words, at + close.len()));
        }
        if rest.starts_with('-') && rest[1..].starts_with(close) {
            return Ok((words, at + 1 + close.len()));
        }
        let Some(c) = rest.chars().next() else { return Err(not_closed()) };
        let length = match c {
            ' ' | '\t' | '\r' | '\n' => 1,
            '"' | '\'' => {
                words.push(Word::Text);
                2 + rest[1..].find(c).ok_or_else(not_closed)?
            }
            c if c.is_ascii_alphabetic() || c == '_' => {
                let name = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next();
                let name = name.unwrap_or_default();
                words.push(Word::Name(name));
                name.len()
            }
            c if c.is_ascii_digit() => {
                words.push(Word::Number);
                rest.bytes().take_while(u8::is_ascii_digit).count()
            }
            '|' | '(' | ')' | ',' | '=' | '!' | '<' | '>' => {
                words.push(Word::Sign(c));
                1
            }
            c => return Err(format!("{:?} in a mark: {}", c, allowed())),
        };
        // The engine undoes a backslash, and would look for another end.
        if rest.get(..length).is_some_and(|word| word.contains('\\')) {
            return Err("a backslash in a mark".to_owned());
        }
        at += length;
    }
    Err(not_closed())
}

fn allowed() -> String {
    "{{ name }}, {{ name|upper }}, {{ name or \"friend\" }} and {% if … %} are what templates here know"
        .to_owned()
}

/// `if …`, `elif …`, `else`, `endif`. `open` holds the depth that each `if` has reached.
fn statement(words: &[Word<'_>], open: &mut Vec<usize>) -> Result<(), String> {
    let misplaced = |what: &str| format!("{{% {what} %}} without its {{% if … %}}");
    match words {
        [Word::Name("if"), condition @ ..] => {
            expression(condition)?;
            open.push(1);
        }
        [Word::Name("elif"), condition @ ..] => {
            expression(condition)?;
            *open.last_mut().ok_or_else(|| misplaced("elif"))? += 1;
        }
        [Word::Name("else")] => drop(open.last().ok_or_else(|| misplaced("else"))?),
        [Word::Name("endif")] => drop(open.pop().ok_or_else(|| misplaced("endif"))?),
        [Word::Name(other), ..] => return Err(format!("{{% {other} … %}}: {}", allowed())),
        _ => return Err(format!("{{% … %}}: {}", allowed())),
    }
    if open.iter().sum::<usize>() > DEPTH {
        return Err(format!("more than {DEPTH} conditions inside each other"));
    }
    Ok(())
}

/// What a value is made of: only what cannot fail when a mail is written.
fn expression(words: &[Word<'_>]) -> Result<(), String> {
    let mut before = None;
    // Round brackets, and whether each holds what a filter is given.
    let mut given = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let filtered = before == Some(Word::Sign('|'));
        match word {
            Word::Name(filter) if filtered => {
                if !FILTERS.contains(filter) {
                    return Err(format!("there is no filter {filter}; there are {}", FILTERS.join(", ")));
                }
                let takes = *filter == "default";
                if takes != (words.get(at + 1) == Some(&Word::Sign('('))) {
                    return Err(if takes {
                        "default is given what to say instead: {{ name|default(\"friend\") }}".to_owned()
                    } else {
                        format!("{filter} is given nothing")
                    });
                }
            }
            Word::Name("and" | "or" | "not" | "true" | "false") => {}
            Word::Name(name) if NAMES.contains(name) => {}
            Word::Name(name) => {
                return Err(format!("there is no {name}; there are {}", NAMES.join(", ")));
            }
            Word::Sign('(') => given.push(filter_before(&words[..at])),
            Word::Sign(')') => drop(given.pop()),
            Word::Sign(',') if given.last() != Some(&true) => return Err(format!("a comma: {}", allowed())),
            _ if filtered => return Err(format!("after |: one of {}", FILTERS.join(", "))),
            Word::Sign('=')
                if matches!(before, Some(Word::Sign('(' | ',') | Word::Name(_)))
                    && words.get(at + 1) != Some(&Word::Sign('=')) =>
            {
                return Err("= sets nothing here; == compares".to_owned());
            }
            _ => {}
        }
        // Whatever else stands before `(` would be called.
        if *word == Word::Sign('(')
            && !matches!(
                before,
                None | Some(
                    Word::Sign('|' | '(' | ',' | '=' | '!' | '<' | '>')
                        | Word::Name("and" | "or" | "not" | "default")
                )
            )
        {
            return Err("nothing can be called".to_owned());
        }
        before = Some(*word);
    }
    if words.is_empty() { Err("an empty mark".to_owned()) } else { Ok(()) }
}

/// Whether a `(` stands behind a filter.
fn filter_before(words: &[Word<'_>]) -> bool {
    matches!(words, [.., Word::Sign('|'), Word::Name(_)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_ad_needs_may_be_said() {
        for template in [
            "Hello {{ name }}!",
            "{{name}}",
            "{{- name -}}",
            "{{ name|upper|trim }}",
            "{{ name|default(\"friend\") }}",
            "{{ name|default('you, there', true) }}",
            "{{ name or \"}} friend %}\" }}",
            "{% if price and not (company == \"A\" or company != 'B') %}{{ price }}{% elif link %}x{% else %}y{% endif %}",
            "a { b } c {a} }} %} #} $5 {",
        ] {
            assert!(check(template).is_ok(), "{template}: {:?}", check(template));
        }
        assert_eq!((check("no marks { here }"), check("{{ name }}")), (Ok(false), Ok(true)));
    }

    #[test]
    fn anything_else_is_refused_with_its_line() {
        for (template, why) in [
            ("{{ nmae }}", "there is no nmae"),
            ("\n\n{{ name", "line 3"),
            ("{{ }}", "empty"),
            ("{{ name|safe }}", "no filter safe"),
            ("{{ name|upper(1) }}", "given nothing"),
            ("{{ name|default }}", "instead"),
            ("{{ name | (upper) }}", ""),
            ("{{ name() }}", "called"),
            ("{{ \"a\"(1) }}", "called"),
            ("{{ (name)(1) }}", "called"),
            ("{{ range(10) }}", "no range"),
            ("{{ name ~ name }}", "'~'"),
            ("{{ name * 100 }}", "'*'"),
            ("{{ 1 + 1 }}", "'+'"),
            ("{{ [1] }}", "'['"),
            ("{{ {1:2} }}", "'{'"),
            ("{{ name.x }}", "'.'"),
            ("{{ name, name }}", "comma"),
            ("{{ 'a\\'}} {{ b' }}", "backslash"),
            ("{# a #}", "comment"),
            ("{% raw %}{{ a }}{% endraw %}", "raw"),
            ("{% for a in name %}{% endfor %}", "for"),
            ("{% set a = 1 %}", "set"),
            ("{% include 'a' %}", "include"),
            ("{% autoescape false %}{% endautoescape %}", "autoescape"),
            ("{% if name %}", "endif"),
            ("{% endif %}", "without"),
            ("{% if name %}{{ nmae }}{% endif %}", "no nmae"),
            ("{% if name = 1 %}{% endif %}", "compares"),
        ] {
            let said = check(template).err().unwrap_or_default();
            assert!(!said.is_empty() && said.contains(why), "{template}: {said:?}");
        }
        for bomb in [
            format!("{{{{ name{} }}}}", "|upper".repeat(30_000)),
            format!("{{% if name %}}{}{{% endif %}}", "{% elif name %}".repeat(15_000)),
            "{% if name %}".repeat(15_000),
            format!("{{{{ {}name{} }}}}", "(".repeat(60_000), ")".repeat(60_000)),
            format!("{{{{ {} name }}}}", "not ".repeat(40_000)),
            "{{ name }}".repeat(20_000),
        ] {
            assert!(check(&bomb).is_err());
        }
    }
}
