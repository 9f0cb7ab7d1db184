/** The tests of the TextMate grammar, in one bundle. */
import './words.test';
import './snapshots.test';
import './speed.test';
