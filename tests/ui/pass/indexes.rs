//! Indexes of every kind, over the program's own types, optional fields and raw identifiers.

use relarena::prelude::*;
use relarena::{IndexKind, OrderedValue};

#[derive(Clone, PartialEq, Eq, Hash)]
struct Date(u16, u8, u8);

impl OrderedValue for Date {
    fn order_key(&self) -> u64 {
        u64::from(self.0) << 16 | u64::from(self.1) << 8 | u64::from(self.2)
    }
}

/// Hashed only.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Shelf(Vec<u8>);

#[derive(Model, Clone)]
#[index(shelf, r#type, price_class)]
#[index(ordered(printed, price))]
#[index(ordered(price, printed),)]
struct Book {
    #[unique]
    #[index(ordered)]
    title: String,
    #[index]
    shelf: Option<Shelf>,
    #[index]
    #[index(ordered)]
    r#type: char,
    #[index(ordered)]
    printed: Option<Date>,
    #[index(ordered)]
    price: f32,
    price_class: bool,
    /// A word with a meaning in the attribute only.
    #[index]
    ordered: &'static str,
}

#[derive(Schema)]
struct Library {
    books: Table<Book>,
}

fn main() -> Result<(), Error> {
    let kinds = Book::DESCRIPTOR.indexes.iter().filter(|index| index.kind == IndexKind::Ordered);
    assert_eq!(kinds.map(|index| index.name).collect::<Vec<_>>(), ["title", "type", "printed", "price", "printed_price", "price_printed"]);
    let mut db = Store::<Library>::new();
    let book = db.insert(Book {
        title: "Solaris".into(),
        shelf: Some(Shelf(vec![1])),
        r#type: 'n',
        printed: Some(Date(1961, 6, 1)),
        price: 9.5,
        price_class: true,
        ordered: "yes",
    })?;
    db.set(book, Book::SHELF, None)?;
    db.set(book, Book::ORDERED, "no")?;
    assert_eq!(db.audit(), []);
    Ok(())
}
