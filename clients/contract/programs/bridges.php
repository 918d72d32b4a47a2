<?php
// PHP's loggers and frameworks with the packages of Debian: bridges.php SCENARIO SNIPPETS; started by php-bridges.test.ts.
require __DIR__ . '/../../php/mayday.php';
Mayday::start(['version' => '1.2.3']);

function fail(string $message): void
{
    throw new DomainException($message);
}

$snippets = $argv[2];
switch ($argv[1]) {
    case 'monolog':
        require 'Monolog/autoload.php';
        require "$snippets/MaydayHandler.php";
        $logger = new Monolog\Logger('shop.orders', [new MaydayHandler(Monolog\Logger::INFO)]);
        function work(Monolog\Logger $logger): void
        {
            $logger->info('took order 17');
            $logger->debug('not noted');
            $logger->error('no stock for tea', ['warehouse' => 3]);
            try {
                fail('raised and logged');
            } catch (DomainException $error) {
                $logger->critical('could not place it', ['exception' => $error]);
                throw $error;
            }
        }
        work($logger);
        break;
    case 'symfony':
        require 'Symfony/Component/HttpKernel/autoload.php';
        require 'Symfony/Component/Console/autoload.php';
        require 'Symfony/Component/EventDispatcher/autoload.php';
        require "$snippets/MaydaySubscriber.php";
        $dispatcher = new Symfony\Component\EventDispatcher\EventDispatcher();
        $dispatcher->addSubscriber(new MaydaySubscriber());
        $kernel = new Symfony\Component\HttpKernel\HttpKernel($dispatcher, new Symfony\Component\HttpKernel\Controller\ControllerResolver());
        foreach (['in a controller' => null, 'not theirs' => 404] as $message => $status) {
            $request = Symfony\Component\HttpFoundation\Request::create('/orders/7');
            $request->attributes->set('_controller', static function () use ($message, $status) {
                $status === null ? fail($message) : throw new Symfony\Component\HttpKernel\Exception\HttpException($status, $message);
            });
            try {
                $kernel->handle($request);
            } catch (Throwable $error) {
                echo 'left the kernel: ', $error->getMessage(), "\n";
            }
        }
        $console = new Symfony\Component\Console\Application();
        $console->setDispatcher($dispatcher);
        $console->setAutoExit(false);
        $console->register('shop:import')->setCode(static function () {
            fail('in a command');
            return 0;
        });
        echo 'exit ', $console->run(new Symfony\Component\Console\Input\ArrayInput(['shop:import']), new Symfony\Component\Console\Output\NullOutput()), "\n";
        break;
    case 'laravel':
        require 'Illuminate/autoload.php';
        require "$snippets/laravel.php";
        $container = new Illuminate\Container\Container();
        Illuminate\Container\Container::setInstance($container);
        $container->instance(Psr\Log\LoggerInterface::class, new Psr\Log\NullLogger());
        $handler = new Illuminate\Foundation\Exceptions\Handler($container);
        watch_laravel($handler);
        foreach ([new DomainException('in a controller'), new Symfony\Component\HttpKernel\Exception\NotFoundHttpException('not theirs')] as $error) {
            $handler->report($error);
        }
        echo "goes on\n";
        break;
    case 'shutdown':
        register_shutdown_function(static function () {
            fail('in a shutdown function');
        });
        break;
    case 'destructor':
        class Fragile
        {
            public function __destruct()
            {
                fail('in a destructor');
            }
        }
        $fragile = new Fragile();
        break;
}
