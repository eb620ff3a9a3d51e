//! The language of `--to`, for the pages of help.

/// Shown by `plan --help` and `member list --help`, and in the man page.
pub const HELP: &str = "\
An AUDIENCE is made of terms:
  all                 every member
  tag:running         has the tag; city:Seoul is short for tag:city:Seoul, as is any other key
                      that is none of these
  locale:ko           language, or language and region
  mail:bob@a.example  the one with this address
  consent:news        said yes to this purpose
  joined:30d          a member since no longer than that
  mailed:spring       got this campaign
  pressed:spring      pressed its chat button
  chatted:spring      talked behind it
  asked:boots         asked about this (member events)
  ordered:boots       ordered this (member events)
mailed, pressed, chatted, asked and ordered also take any, and a span: pressed:any, ordered:2y.
A span is a number with s, m, h, d or y. A value with blanks or brackets stands in quotes: tag:\"new shoes\".
Terms are joined by and (or nothing) and or, and turned round by not; and binds closer than or, brackets closest:
  (tag:running or asked:any) and locale:ko and not mailed:7d
Whoever is meant gets a campaign only after a yes to promotion, and not when suppressed.";
