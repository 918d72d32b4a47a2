<?php
// Prints what the library makes of each of the privacy vectors, as JSON. Run by ../privacy.test.ts.
require __DIR__ . '/../../php/mayday.php';

function result(array $vector)
{
    $secrets = new MaydaySecrets($vector['more'] ?? []);
    $as = $vector['as'] ?? 'value';
    if ($as === 'cookies') {
        return array_map([$secrets, 'hidden'], $vector['in']);
    }
    if ($as !== 'value') {
        return $secrets->text($vector['in'], $as);
    }
    $class = new ReflectionClass('Mayday');
    $client = $class->newInstanceWithoutConstructor();
    $property = $class->getProperty('secrets');
    $clean = $class->getMethod('cleanValue');
    if (PHP_VERSION_ID < 80100) {
        $property->setAccessible(true);
        $clean->setAccessible(true);
    }
    $property->setValue($client, $secrets);
    $left = 2000;
    return $clean->invokeArgs($client, ['', $vector['in'], 0, &$left, 2048]);
}

echo json_encode(array_map('result', json_decode(file_get_contents($argv[1]), true)), JSON_UNESCAPED_SLASHES);
