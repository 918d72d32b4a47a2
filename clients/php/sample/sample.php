<?php
// The sample of the PHP client; ../../contract/README.md says what each scenario must do.

require __DIR__ . '/../mayday.php';

// Away from the lines around the frames: those are sent, as the sources of the application.
const PASSWORD = 'hunter2';

$scenario = $argv[1] ?? 'crash';
if ($scenario === 'previous') {
    set_exception_handler(function (Throwable $error) {
        echo 'previous handler: ' . $error->getMessage() . "\n";
    });
}
Mayday::start(['version' => '1.2.3']);

final class OrderError extends RuntimeException
{
}

final class Shop
{
    public function order(int $items): int
    {
        try {
            return $this->price($items);
        } catch (DivisionByZeroError $error) {
            throw new OrderError('cannot place the order', 0, $error);
        }
    }

    private function price(int $items): int
    {
        $discount = 0;
        return intdiv($items, $discount);
    }
}

function handled(): void
{
    try {
        (new Shop())->order(3);
    } catch (OrderError $error) {
        Mayday::report($error, ['order' => 17, 'password' => PASSWORD]);
    }
}

function crash(): void
{
    Mayday::set('user', ['id' => 'u-17']);
    Mayday::set('configuration', ['port' => 8000, 'password' => PASSWORD]);
    echo "about to crash\n";
    (new Shop())->order(3);
}

switch ($scenario) {
    case 'report':
        handled();
        echo "still running\n";
        break;
    case 'repeat':
        for ($i = 0; $i < 25; $i++) {
            handled();
        }
        echo "still running\n";
        break;
    case 'idle':
        echo "idle\n";
        break;
    case 'flush':
        Mayday::flush();
        echo "flushed\n";
        break;
    default:
        crash();
}
