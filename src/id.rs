//! Names of rows: typed ids for users, raw ids and row keys for the engine.
//!
//! An id is a slot and a generation. Generations are odd while the slot is in use, as in `slotmap`, so that an
//! [`Id`] can serve as a `slotmap` key for side tables. Absent here: any knowledge of tables.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;
use core::num::NonZeroU32;

/// A slot and a generation without a model: what the engine stores and compares.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RawId {
    slot: u32,
    generation: NonZeroU32,
}

impl RawId {
    /// An id that never names a row.
    pub const NULL: Self = Self { slot: u32::MAX, generation: NonZeroU32::MIN };

    /// The generation is odd: whoever reads one from outside has seen to it.
    pub(crate) const fn new(slot: u32, generation: NonZeroU32) -> Self {
        debug_assert!(generation.get() & 1 == 1, "an id's generation is odd");
        Self { slot, generation }
    }

    /// Position in the table's arena. O(1).
    pub const fn slot(self) -> u32 {
        self.slot
    }

    /// How often the slot has changed between free and used; odd for every id. O(1).
    pub const fn generation(self) -> u32 {
        self.generation.get()
    }
}

impl fmt::Debug for RawId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}v{}", self.slot, self.generation)
    }
}

/// The id of a row of model `M`: eight bytes, `Copy`, and so is `Option<Id<M>>`.
///
/// An id never names a second row, with one exception that determinism asks for: an id obtained inside a transaction
/// that rolled back must be dropped, since the next insert hands out the same id again.
///
/// Ids order by slot, which is the iteration order of their table.
///
/// `Id<M>` implements [`slotmap::Key`], so that side data hangs on rows in a `SecondaryMap`:
///
/// ```
/// use relarena::prelude::*;
/// use slotmap::SecondaryMap;
///
/// #[derive(Model, Clone)]
/// struct Enemy { health: u32 }
/// #[derive(Schema)]
/// struct Level { enemies: Table<Enemy> }
///
/// let mut db = Store::<Level>::new();
/// let enemy = db.insert(Enemy { health: 3 })?;
/// let mut sprites: SecondaryMap<Id<Enemy>, &str> = SecondaryMap::new();
/// sprites.insert(enemy, "goblin.png");
/// assert_eq!(sprites[enemy], "goblin.png");
/// # Ok::<(), Error>(())
/// ```
pub struct Id<M> {
    raw: RawId,
    model: PhantomData<fn() -> M>,
}

impl<M> Id<M> {
    /// An id that never names a row; also the `Default`, as `slotmap` asks of its keys.
    pub const NULL: Self = Self::from_raw(RawId::NULL);

    #[doc(hidden)]
    pub const fn from_raw(raw: RawId) -> Self {
        Self { raw, model: PhantomData }
    }

    /// The same id without its model. O(1).
    pub const fn raw(self) -> RawId {
        self.raw
    }

    /// Position in the table's arena; rows iterate in this order. O(1).
    pub const fn slot(self) -> u32 {
        self.raw.slot
    }
}

impl<M> Clone for Id<M> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M> Copy for Id<M> {}
impl<M> PartialEq for Id<M> {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}
impl<M> Eq for Id<M> {}
impl<M> PartialOrd for Id<M> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<M> Ord for Id<M> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.raw.cmp(&other.raw)
    }
}
impl<M> Hash for Id<M> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.raw.hash(state);
    }
}
impl<M> Default for Id<M> {
    fn default() -> Self {
        Self::NULL
    }
}
impl<M> fmt::Debug for Id<M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = core::any::type_name::<M>();
        let name = path.rsplit("::").next().unwrap_or(path);
        write!(formatter, "{name}#{:?}", self.raw)
    }
}

impl<M> From<slotmap::KeyData> for Id<M> {
    fn from(data: slotmap::KeyData) -> Self {
        let bits = data.as_ffi();
        let generation = NonZeroU32::new((bits >> 32) as u32).expect("a slotmap version is never zero");
        Self::from_raw(RawId::new(bits as u32, generation))
    }
}

#[expect(unsafe_code, reason = "slotmap::Key is an unsafe trait; this is the one exception the project allows")]
// SAFETY: `data` and `From<KeyData>` carry exactly slot and generation, so that equal ids have equal data and a round
// trip changes nothing. Live generations are odd, as slotmap's versions are.
unsafe impl<M: 'static> slotmap::Key for Id<M> {
    fn data(&self) -> slotmap::KeyData {
        slotmap::KeyData::from_ffi(u64::from(self.raw.generation()) << 32 | u64::from(self.raw.slot))
    }
}

/// A row named without its Rust type: model and id. What errors, plans and the by-name face speak.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    model_index: u16,
    model: &'static str,
    raw: RawId,
}

impl RowKey {
    pub(crate) const fn new(model_index: u16, model: &'static str, raw: RawId) -> Self {
        Self { model_index, model, raw }
    }

    /// Name of the row's model. O(1).
    pub const fn model(self) -> &'static str {
        self.model
    }

    /// The row's id without a type. O(1).
    pub const fn raw(self) -> RawId {
        self.raw
    }

    /// Place of the model in its schema, counted from 0. O(1).
    pub const fn model_index(self) -> usize {
        self.model_index as usize
    }

    /// The key of a row of the same model that never exists.
    #[must_use]
    pub const fn null(self) -> Self {
        Self { raw: RawId::NULL, ..self }
    }
}

impl fmt::Debug for RowKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}#{:?}", self.model, self.raw)
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slotmap::Key as _;

    struct Thing;

    #[test]
    fn an_id_and_an_optional_id_take_eight_bytes() {
        assert_eq!((size_of::<Id<Thing>>(), size_of::<Option<Id<Thing>>>()), (8, 8));
    }

    #[test]
    fn slotmap_key_data_round_trips() {
        let id = Id::<Thing>::from_raw(RawId::new(7, NonZeroU32::new(5).expect("five is not zero")));
        assert_eq!(Id::<Thing>::from(id.data()), id);
        assert!(Id::<Thing>::default().is_null());
    }

    #[test]
    fn debug_names_the_model() {
        let id = Id::<Thing>::from_raw(RawId::new(3, NonZeroU32::MIN));
        assert_eq!(alloc::format!("{id:?}"), "Thing#3v1");
    }
}
