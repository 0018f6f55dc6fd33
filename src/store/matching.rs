//! Writes of all rows that satisfy a condition, each as one statement.

use alloc::vec::Vec;

use super::Store;
use crate::delete::DeleteReport;
use crate::error::Error;
use crate::id::Id;
use crate::model::Model;
use crate::query::Condition;
use crate::table::{Has, Schema};
use crate::view::Row;

impl<S: Schema> Store<S> {
    /// Changes all rows that satisfy a condition as one statement; answers how many. The closure gets the row as it was
    /// before, from which the store can be read, and the copy to change. As [`query`](crate::View::query) and
    /// [`update_many`](Self::update_many).
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update); no row has changed then.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Unit { health: u32 }
    /// # #[derive(Schema)] struct Game { units: Table<Unit> }
    /// # let mut db = Store::<Game>::new();
    /// db.insert_many([3, 9].map(|health| Unit { health }))?;
    /// let healed = db.update_matching(Unit::HEALTH.lt(5), |before, unit| unit.health = before.health * 2)?;
    /// assert_eq!((healed, db.query(Unit::HEALTH.eq(6)).count()), (1, 1));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn update_matching<M: Model>(
        &mut self,
        condition: Condition<'_, S, M>,
        change: impl FnMut(Row<'_, S, M>, &mut M),
    ) -> Result<usize, Error>
    where
        S: Has<M>,
    {
        let ids: Vec<Id<M>> = self.query(condition).distinct().ids();
        let count = ids.len();
        self.update_many(ids, change)?;
        Ok(count)
    }

    /// Deletes all rows that satisfy a condition as one collected set. As [`query`](crate::View::query) and
    /// [`delete_many`](Self::delete_many).
    ///
    /// # Errors
    ///
    /// As [`delete`](Self::delete).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Unit { health: u32 }
    /// # #[derive(Schema)] struct Game { units: Table<Unit> }
    /// # let mut db = Store::<Game>::new();
    /// db.insert_many([0, 9].map(|health| Unit { health }))?;
    /// assert_eq!(db.delete_matching(Unit::HEALTH.eq(0))?.total, 1);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn delete_matching<M: Model>(&mut self, condition: Condition<'_, S, M>) -> Result<DeleteReport, Error>
    where
        S: Has<M>,
    {
        let ids: Vec<Id<M>> = self.query(condition).distinct().ids();
        self.delete_many(ids)
    }
}
