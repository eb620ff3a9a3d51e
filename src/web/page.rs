//! One page of HTML.

use super::{asset, words::Lang};

/// A page being put together; every text that goes in is escaped on the way.
#[derive(Debug, Clone)]
pub struct Page {
    lang: Lang,
    title: String,
    body: String,
    root: String,
    /// The query that shows the same page, ready to take one more pair; `None`: there is no other way to it than a form.
    again: Option<String>,
}

impl Page {
    /// A page with a title and nothing else.
    #[must_use]
    pub fn new(lang: Lang, title: &str) -> Self {
        Self { lang, title: escaped(title), body: String::new(), root: String::new(), again: None }
    }

    /// A page whose address is one level down, so that what it is made with is one up.
    #[must_use]
    pub fn below(self) -> Self {
        self.deep(1)
    }

    /// The same for any levels.
    #[must_use]
    pub fn deep(mut self, levels: usize) -> Self {
        self.root = "../".repeat(levels);
        self
    }

    /// The page can be had in the other language, too: what `query` names, empty or ending with `&`, stays.
    #[must_use]
    pub fn switch(mut self, query: &str) -> Self {
        self.again = Some(query.to_owned());
        self
    }

    /// Where a form leads: what is answered is in the language of the page that asked.
    fn action(&self, action: &str) -> String {
        format!("{}?lang={}", escaped(action), self.lang.tag())
    }

    /// One paragraph more.
    #[must_use]
    pub fn paragraph(mut self, text: &str) -> Self {
        self.body.push_str(&format!("<p>{}</p>\n", escaped(text)));
        self
    }

    /// Something to type.
    #[must_use]
    pub fn code(mut self, text: &str) -> Self {
        self.body.push_str(&format!("<pre><code>{}</code></pre>\n", escaped(text)));
        self
    }

    /// A form of one button and one hidden value. `action` is relative, so it works under any public URL.
    #[must_use]
    pub fn button(self, action: &str, name: &str, value: &str, label: &str) -> Self {
        self.press(action, name, value, label, "")
    }

    /// The same for what people can do but need not.
    #[must_use]
    pub fn choice(self, action: &str, name: &str, value: &str, label: &str) -> Self {
        self.press(action, name, value, label, " class=\"ends\"")
    }

    fn press(mut self, action: &str, name: &str, value: &str, label: &str, class: &str) -> Self {
        self.body.push_str(&format!(
            "<form method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"{}\" value=\"{}\">\
             <button{class}>{}</button></form>\n",
            self.action(action),
            escaped(name),
            escaped(value),
            escaped(label),
        ));
        self
    }

    /// A form of one field that must be filled in, with its label. `kind` is what browsers call its type.
    #[must_use]
    pub fn field(mut self, action: &str, name: &str, kind: &str, label: &str, button: &str) -> Self {
        let (action, name, kind, label, button) =
            (self.action(action), escaped(name), escaped(kind), escaped(label), escaped(button));
        self.body.push_str(&format!(
            "<form method=\"post\" action=\"{action}\"><label for=\"{name}\">{label}</label>\
             <input id=\"{name}\" name=\"{name}\" type=\"{kind}\" autocomplete=\"{kind}\" required maxlength=\"254\">\
             <button>{button}</button></form>\n",
        ));
        self
    }

    /// A form of several fields.
    #[must_use]
    pub(super) fn form(mut self, action: &str, fields: &[Field<'_>], button: &str) -> Self {
        self.body.push_str(&format!("<form method=\"post\" action=\"{}\">", self.action(action)));
        for Field { name, kind, label, required } in fields {
            let label = escaped(label);
            self.body.push_str(&match *kind {
                "checkbox" => format!(
                    "<label class=\"tick\"><input name=\"{name}\" type=\"checkbox\" value=\"yes\"><span>{label}</span></label>",
                ),
                kind => {
                    let required = if *required { " required" } else { "" };
                    let fills = if kind == "text" { "name" } else { kind };
                    format!(
                        "<label for=\"{name}\">{label}</label><input id=\"{name}\" name=\"{name}\" type=\"{kind}\" \
                         autocomplete=\"{fills}\"{required} maxlength=\"200\">",
                    )
                }
            });
        }
        self.body.push_str(&format!("<button>{}</button></form>\n", escaped(button)));
        self
    }

    /// The finished document.
    #[must_use]
    pub fn html(&self) -> String {
        let (other, its_name) = self.lang.other();
        let switch = self.again.as_ref().map_or_else(String::new, |query| {
            let (query, tag) = (escaped(query), other.tag());
            format!("<footer><a href=\"?{query}lang={tag}\" hreflang=\"{tag}\" lang=\"{tag}\">{its_name}</a></footer>\n")
        });
        format!(
            "{}<main>\n<h1>{}</h1>\n{}</main>\n{switch}</html>\n",
            head(self.lang, &self.title, None, &self.root),
            self.title,
            self.body,
        )
    }
}

/// A field of a form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    pub name: &'static str,
    /// What browsers call its type: `email`, `text`, `checkbox`.
    pub kind: &'static str,
    pub label: &'a str,
    pub required: bool,
}

/// The beginning of every page. `title` is escaped already. `script`: the module that makes it live. `root`: the way up
/// to where `web/` is.
pub(super) fn head(lang: Lang, title: &str, script: Option<&'static str>, root: &str) -> String {
    let scripts: String = script.into_iter().map(|script| scripts(lang, script)).collect();
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1, interactive-widget=resizes-content\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <title>{title}</title>\n<link rel=\"stylesheet\" href=\"{root}{}\">\n<link rel=\"icon\" href=\"{root}favicon.ico\">\n{scripts}",
        lang.tag(),
        asset::place("style.css"),
    )
}

/// The module and, so that a browser asks for them all at once, whatever it needs.
fn scripts(lang: Lang, script: &'static str) -> String {
    let words: &[&'static str] = match (script, lang) {
        ("chats.js", Lang::En) => &["words-en.js", "chats-en.js"],
        ("chats.js", Lang::Ko) => &["words-ko.js", "chats-ko.js"],
        (_, Lang::En) => &["words-en.js"],
        (_, Lang::Ko) => &["words-ko.js"],
    };
    let needed = asset::modules(script).into_iter().skip(1).chain(words.iter().copied());
    let ahead: String = needed
        .map(|name| format!("<link rel=\"modulepreload\" href=\"{}\">\n", asset::place(name)))
        .collect();
    format!("<script type=\"module\" src=\"{}\"></script>\n{ahead}", asset::place(script))
}

/// Text as it may stand between tags and in a quoted attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
