/** The tests of everything that needs no VS Code, in one bundle. */
import './crashes.test';
import './crates.test';
import './digest.test';
import './glibc.test';
import './glob.test';
import './links.test';
import './locate.test';
import './manifest.test';
import './symbols.test';
import './version.test';
import './words.test';
