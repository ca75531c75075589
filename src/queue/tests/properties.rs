//! Whatever an analyst asks and whatever Graph answers, in whatever order. The referee in [`World`] checks each
//! call against the rules: never sent after it was taken back, never two under way for one target or user, per user
//! in the order given, an opposite verdict only when the earlier one has settled, nothing sent twice unless the
//! first time was shown to be without effect.

use super::world::{World, moves};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn no_rule_is_broken_and_all_comes_to_an_end(
        moves in moves(),
        bad in proptest::collection::vec(0_u8..9, 0..2),
    ) {
        let mut world = World::new(&bad);
        for one in &moves {
            world.make(one);
        }
        world.get_well();
        world.check_the_end();
    }
}
