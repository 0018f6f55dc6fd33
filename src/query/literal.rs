//! What values at the end of paths are compared with.

/// What a path's value can be compared with: a value of its type, and for texts `&str`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with a value of type `{V}`",
    label = "give a `{V}`",
    note = "an optional field is compared with a plain value; for null there is `is_null`"
)]
pub trait Literal<V> {
    #[doc(hidden)]
    fn into_value(self) -> V;
}
#[diagnostic::do_not_recommend]
impl<V> Literal<V> for V {
    fn into_value(self) -> V {
        self
    }
}
impl Literal<alloc::string::String> for &str {
    fn into_value(self) -> alloc::string::String {
        self.into()
    }
}

/// A text, as far as queries look into it.
#[diagnostic::on_unimplemented(
    message = "a value of type `{Self}` is no text",
    label = "looks into texts; compare other values with `eq`, `lt`, `range` and their like"
)]
pub trait TextValue: AsRef<str> {}
#[diagnostic::do_not_recommend]
impl<V: AsRef<str>> TextValue for V {}
