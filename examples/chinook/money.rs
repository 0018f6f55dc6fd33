//! A field type of the program's own: money.
//!
//! Any type can be a field. One that implements `FieldValue` can also be read and set by name, which inspectors and the
//! comparison at the end of this example do.

use std::error::Error;
use std::fmt;
use std::iter::Sum;
use std::ops::{AddAssign, Mul};
use std::str::FromStr;

use relarena::{FieldValue, Misfit, Value, ValueType};

/// An amount of money. Whole cents, since sums of floating-point numbers depend on their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cents(pub(crate) i64);

impl FieldValue for Cents {
    const TYPE: ValueType = ValueType::Int;

    fn to_value(&self) -> Value {
        self.0.to_value()
    }

    fn from_value(value: Value) -> Result<Self, Misfit> {
        i64::from_value(value).map(Self)
    }
}

impl FromStr for Cents {
    type Err = Box<dyn Error>;

    /// Reads what the CSV files hold: `0.99`, `13.86`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (whole, hundredths) = text.split_once('.').unwrap_or((text, "00"));
        if hundredths.len() != 2 {
            return Err(format!("`{text}` is not an amount with two decimals").into());
        }
        Ok(Self(whole.parse::<i64>()? * 100 + hundredths.parse::<i64>()?))
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "${}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl Mul<u32> for Cents {
    type Output = Self;

    fn mul(self, count: u32) -> Self {
        Self(self.0 * i64::from(count))
    }
}

impl AddAssign for Cents {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.map(|amount| amount.0).sum())
    }
}
