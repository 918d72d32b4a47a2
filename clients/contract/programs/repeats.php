<?php
// Errors that come again: thrown again, reported and then fatal, many different ones at once. Run by ../repeats.test.ts.
require __DIR__ . '/../../php/mayday.php';

function fail($depth)
{
    if ($depth > 0) {
        fail($depth - 1);
    }
    throw new LogicException('at depth');
}

function inner()
{
    try {
        fail(0);
    } catch (LogicException $error) {
        Mayday::report($error);
        throw $error;
    }
}

Mayday::start([
    'exitMs' => $argv[1] === 'no_wait' ? 0 : 2000, 'tags' => ['shop' => 'north'],
    'ignore' => $argv[1] === 'ignored' ? ['backend down'] : [],
]);
switch ($argv[1]) {
    case 'fatal':
        inner();
    case 'outward':
        try {
            inner();
        } catch (LogicException $error) {
            Mayday::report($error);
        }
        break;
    case 'again':
        $cached = new RuntimeException('backend down');
        for ($turn = 0; $turn < 5; $turn++) {
            try {
                throw $cached;
            } catch (RuntimeException $error) {
                Mayday::report($error);
            }
        }
        break;
    case 'notes':
        for ($turn = 0; $turn < 60; $turn++) {
            Mayday::breadcrumb("step $turn", ['password' => 'hunter' . '2'], 'desk');
        }
        try {
            fail(0);
        } catch (LogicException $error) {
            Mayday::report($error);
        }
        break;
    case 'ignored':
        Mayday::report(new RuntimeException('the backend down again'));
        break;
    case 'burst':
        for ($turn = 0; $turn < 80; $turn++) {
            try {
                fail($turn);
            } catch (LogicException $error) {
                Mayday::report($error, ['turn' => $turn]);
            }
        }
        break;
    default:
        fail(0);
}
