<?php
/*
 * What sabre's VObject, in its own validation, says about calendars that a server gave as files.
 *
 * Reads from the environment: GIVEN, a folder of .ics files. Writes one JSON line: {"claim", "holds", "detail"}.
 */
error_reporting(E_ERROR);
require 'Sabre/autoload.php';

$wrong = [];
foreach (glob(getenv('GIVEN') . '/*.ics') as $path) {
    // The versions before 3 do not know the carets of RFC 6868.
    $text = str_replace('^', '', file_get_contents($path));
    try {
        foreach (Sabre\VObject\Reader::read($text)->validate() as $found) {
            $wrong[] = basename($path) . ': ' . $found['message'];
        }
    } catch (Throwable $problem) {
        $wrong[] = basename($path) . ': ' . get_class($problem) . ' ' . $problem->getMessage();
    }
}
$claim = "sabre's VObject finds nothing amiss in them as files of a calendar";
echo json_encode(['claim' => $claim, 'holds' => $wrong === [], 'detail' => substr(implode(' | ', $wrong), 0, 2000)]), "\n";
