#!/usr/bin/env node
/** What `npm start` runs, joined with all that a start loads into a few files (`bundle.mjs`). `portcal serve` runs the same. */
import { serve } from './serve.ts';

process.exitCode = await serve(process.argv.slice(2));
