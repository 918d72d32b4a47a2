<?php
// What the sample does not show: one scenario for each argument, or for each request. Run by ../../contract/php.test.ts.

require __DIR__ . '/../mayday.php';

// Away from the lines around the frames.
const SECRET = 'hunter2';

$scenario = PHP_SAPI === 'cli' ? $argv[1] : trim(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), '/');
ini_set('display_errors', '1');
ini_set('html_errors', '0');
// Only where the output of PHP itself is compared: the log would write it a second time.
ini_set('log_errors', '0');

if ($scenario === 'previous-error') {
    set_error_handler(function (int $level, string $message): bool {
        echo "previous: $message\n";
        return true;
    });
}

$options = ['version' => ['number' => '1.2.3', 'build' => 7]];
if ($scenario === 'notices') {
    $options['levels'] = E_ALL;
}
if ($scenario === 'locals') {
    ini_set('zend.exception_ignore_args', '0');
    $options['locals'] = true;
}
if ($scenario === 'before-send') {
    $options['beforeSend'] = function (array $report) {
        trigger_error('a warning inside the callback', E_USER_WARNING);
        return $report['stacktrace'][0]['message'] === 'unwanted' ? null : ['data' => ['seen' => true]] + $report;
    };
}
Mayday::start($options);

final class Broken
{
    public function __toString(): string
    {
        throw new LogicException('toString broke');
    }
}

function charge(string $card, string $password, array $basket): void
{
    throw new DomainException('the card was refused');
}

switch ($scenario) {
    case 'warnings':
        foreach ([1, 2, 3] as $i) {
            trigger_error("careful $i", E_USER_WARNING);
        }
        echo @file_get_contents('/nowhere/at/all');
        trigger_error('only a notice', E_USER_NOTICE);
        file_get_contents('/nowhere/at/all');
        echo "still running\n";
        break;
    case 'notices':
        trigger_error('only a notice', E_USER_NOTICE);
        trigger_error('an old habit', E_USER_DEPRECATED);
        error_reporting(E_ALL & ~E_USER_DEPRECATED);
        trigger_error('an older habit', E_USER_DEPRECATED);
        break;
    case 'previous-error':
        trigger_error('careful', E_USER_WARNING);
        trigger_error('a notice', E_USER_NOTICE);
        break;
    case 'user-error':
        trigger_error('this is the end', E_USER_ERROR);
        echo "never printed\n";
        break;
    case 'memory':
        ini_set('memory_limit', '16M');
        $all = [];
        while (true) {
            $all[] = str_repeat('x', 100000);
        }
        break;
    case 'compile':
        eval('class Twice {} class Twice {}');
        break;
    case 'parse':
        eval('this is not PHP');
        break;
    case 'locals':
        charge('4111 1111 1111 1111', SECRET, ['apples' => 3]);
        break;
    case 'hostile':
        $data = ['broken' => new Broken(), 'bytes' => "\xff\xfe and \x00", 'long' => str_repeat("\u{e9}", 100000), 'many' => range(1, 10000),
            'number' => NAN, 'closure' => function () { }, 'anonymous' => new class { }];
        $data['self'] = &$data;
        Mayday::report(new RuntimeException(str_repeat('m', 100000)), $data);
        Mayday::report('not an exception');
        Mayday::set('user', 'not an array');
        Mayday::set('user', ['id' => 17]);
        Mayday::report(new RuntimeException('second'), 'not an array');
        echo "still running\n";
        break;
    case 'before-send':
        Mayday::report(new RuntimeException('unwanted'));
        Mayday::report(new LogicException('wanted'));
        echo "still running\n";
        break;
    case 'flood':
        $start = microtime(true);
        for ($i = 0; $i < 5000; $i++) {
            trigger_error("again $i", E_USER_WARNING);
        }
        fwrite(STDERR, microtime(true) - $start < 2 ? 'quick enough' : 'too slow');
        break;
    case 'shutdown':
        register_shutdown_function(function (): void {
            trigger_error('at the very end', E_USER_WARNING);
        });
        break;
    case 'wrap':
        $job = Mayday::wrap(function (int $number): int {
            return intdiv($number, 0);
        });
        try {
            $job(3);
        } catch (DivisionByZeroError $error) {
            echo 'the job failed: ' . $error->getMessage() . "\n";
        }
        break;
    case 'page':
        echo "the page begins\n";
        throw new RuntimeException('no such page');
}
