//! How a query was answered: as data, and as text for people.

use core::fmt;

/// The way to a query's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Way {
    /// Every row of the model is tried.
    Scan,
    /// From rows that the query names.
    Rows,
    /// From a unique rule or an index.
    Index {
        /// The model whose index it is.
        model: &'static str,
        /// Its field, the first of several.
        field: &'static str,
    },
    /// The rows at the end of keys are tried, and the lengths of the lists that lead back from them added up: a count.
    Lists {
        /// The model whose rows are tried.
        model: &'static str,
    },
    /// Along an ordered index, which gives the order that is asked for, as far as results are asked for.
    Order {
        /// The field.
        field: &'static str,
    },
}

/// How a query was answered.
///
/// ```
/// use relarena::prelude::*;
/// use relarena::query::Way;
///
/// #[derive(Model, Clone)]
/// struct Author { #[unique] name: String }
/// #[derive(Model, Clone)]
/// struct Book { pages: u32, #[foreign_key(on_delete = cascade, reverse = BOOKS)] author: Id<Author> }
/// #[derive(Schema)]
/// struct Library { authors: Table<Author>, books: Table<Book> }
///
/// let mut db = Store::<Library>::new();
/// for name in ["Lem", "Verne", "Wells"] {
///     let author = db.insert(Author { name: name.into() })?;
///     db.insert_many((0..4).map(|pages| Book { pages, author }))?;
/// }
/// let explained = db.query(Book::AUTHOR.then(Author::NAME).eq("Lem").and(Book::PAGES.gt(1))).explain();
/// assert_eq!(explained.way, Way::Index { model: "Author", field: "name" });
/// assert_eq!((explained.estimated_rows, explained.touched_rows, explained.results), (4, 5, 2));
/// assert_eq!(explained.to_string(), "Book by Author.name and back over 1 relation: 4 rows to try, 5 touched, 2 results");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The model that is asked.
    pub model: &'static str,
    /// Where it began.
    pub way: Way,
    /// Over how many relations it came back from there.
    pub relations: usize,
    /// Rows that were to be tried.
    pub estimated_rows: usize,
    /// Rows, entries of indexes and related rows that were looked at, on the way and for the filters.
    pub touched_rows: usize,
    /// Results.
    pub results: usize,
}

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.model)?;
        match &self.way {
            Way::Scan => formatter.write_str(" by a scan")?,
            Way::Rows => formatter.write_str(" by named rows")?,
            Way::Index { model, field } => write!(formatter, " by {model}.{field}")?,
            Way::Lists { model } => write!(formatter, " by the lengths of lists at {model}")?,
            Way::Order { field } => write!(formatter, " in the order of {field}")?,
        }
        match self.relations {
            0 => {}
            1 => formatter.write_str(" and back over 1 relation")?,
            relations => write!(formatter, " and back over {relations} relations")?,
        }
        let (tried, touched, results) = (self.estimated_rows, self.touched_rows, self.results);
        write!(formatter, ": {tried} rows to try, {touched} touched, {results} results")
    }
}
