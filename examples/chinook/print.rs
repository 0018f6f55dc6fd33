//! Headings and tables on the terminal.

use std::fmt::Display;

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};

const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A chapter of the output.
pub(crate) fn chapter(title: &str) {
    println!("\n━━ {title} {}", "━".repeat(74_usize.saturating_sub(title.chars().count())));
}

/// A question, or the caption of a table.
pub(crate) fn caption(text: impl Display) {
    println!("\n  {text}");
}

/// An aligned table. A column whose heading starts with `>` is aligned to the right.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: impl IntoIterator<Item = [String; N]>) {
    let mut table = Table::new();
    table.load_style(STYLE).set_header(headings.map(|heading| heading.trim_start_matches('>'))).add_rows(rows);
    for (column, heading) in table.column_iter_mut().zip(headings) {
        if heading.starts_with('>') {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for line in table.lines() {
        println!("   {}", line.trim_end());
    }
}

/// A paragraph, broken into lines between words.
pub(crate) fn paragraph(text: &str) {
    const WIDTH: usize = 92;
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            println!("   {line}");
            "  ".clone_into(&mut line);
        }
        if !line.trim().is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    println!("   {line}");
}

/// A text cut to a width.
pub(crate) fn short(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width - 1).chain(['…']).collect()
}

/// A count with a comma after each three digits.
pub(crate) fn count(number: usize) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned());
    groups.collect::<Vec<_>>().join(",")
}
