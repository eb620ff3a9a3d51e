//! A table of figures: on standard output, and in a page between two markers.

use std::{fmt, fs, path::Path};

use anyhow::{Context, Result};

/// The figures of one group.
#[derive(Debug)]
pub struct Table {
    /// Its markers in the page are `<!-- begin NAME -->` and `<!-- end NAME -->`.
    pub name: &'static str,
    /// What the columns are.
    pub columns: &'static [&'static str],
    /// A cell for each column.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Takes the place of what stands between the markers.
    pub fn write_into(&self, page: &str) -> Result<()> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
        let text = fs::read_to_string(&path).with_context(|| page.to_owned())?;
        let (begin, end) = (format!("<!-- begin {} -->\n", self.name), format!("<!-- end {} -->", self.name));
        let marked = || format!("{page}: the markers of {}", self.name);
        let (before, rest) = text.split_once(&begin).with_context(marked)?;
        let (_, after) = rest.split_once(&end).with_context(marked)?;
        fs::write(&path, format!("{before}{begin}{self}{end}{after}")).with_context(|| page.to_owned())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {} |", self.columns.join(" | "))?;
        writeln!(f, "|{}", "---|".repeat(self.columns.len()))?;
        for row in &self.rows {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        Ok(())
    }
}

/// The middle one; of an even number the upper one.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A percentile of sorted figures.
pub fn percentile(sorted: &[u32], percent: usize) -> u32 {
    let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).copied().unwrap_or(0)
}

/// A count with spaces between thousands.
pub fn count(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}
