// A session that is being scored: leads to the call once it is.

import { waitForScore } from "./scored.js";

waitForScore(`score/${encodeURIComponent(document.getElementById("scoring").dataset.session)}`);
