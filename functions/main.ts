/** The app's entry: each module registers its function. Nothing here may throw, or every function answers 500. */
import './allocations.ts';
import './endings.ts';
import './health.ts';
import './history.ts';
import './locations.ts';
import './openapi.ts';
import './ops.ts';
import './prune.ts';
import './ready.ts';
import './sweep.ts';
import './terminate.ts';
