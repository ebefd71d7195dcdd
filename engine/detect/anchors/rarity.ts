/** Characters of texts and programs, the most frequent first. */
const BY_FREQUENCY = ' etaoinsrlhdcumpfg.,ybwv"_-/:k=0()1;2x\'>3{}<jq5z4\n6897[]*#&@+$\\|!?%`\t^~';
/** How often the most frequent character comes, and by how much less each that follows. */
const MOST = 0.14;
const DECLINE = 0.93;
const RARE = 0.0003;
/** How often a character comes once more, as in a ruled line. */
const AGAIN = 0.3;

const frequencies = new Map(Array.from(BY_FREQUENCY, (character, rank) => [character, MOST * DECLINE ** rank]));

/** How often a folded literal is to be expected, for each character of a text: a guess, by its characters alone. */
export function frequencyOf(literal: string): number {
  let frequency = 1;
  let before = '';
  for (const unit of literal) {
    frequency *= unit === before ? AGAIN : (frequencies.get(unit) ?? RARE);
    before = unit;
  }
  return frequency;
}
