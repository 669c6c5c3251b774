#!/usr/bin/env node
/** The server from the files that the tests run. `npm start` runs the same joined into one (`start/main.ts`); so does `portcal serve` from here. */
import { serve } from './serve.ts';

process.exitCode = await serve(process.argv.slice(2));
