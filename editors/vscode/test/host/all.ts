/** The tests inside the extension host, in the order in which they run. */
// First: it looks at an extension that has not yet seen a digest.
import './detect.test';
import './features.test';
import './pages.test';
import './queue.test';
import './files.test';
import './life-cycle.test';
import './trace.test';
