package mayday

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

var vectors = flag.String("vectors", "", "a file of privacy vectors; what the library makes of them is printed as JSON")

func TestMain(m *testing.M) {
	flag.Parse()
	if *vectors != "" {
		printVectors(*vectors)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func printVectors(file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	parsed, err := parseOrdered(text)
	if err != nil {
		panic(err)
	}
	results := []any{}
	for _, one := range parsed.([]any) {
		results = append(results, resultOf(one.(object)))
	}
	fmt.Println(string(encode(results)))
}

func (o object) get(name string) any {
	for _, one := range o {
		if one.name == name {
			return one.value
		}
	}
	return nil
}

func resultOf(vector object) any {
	var more []string
	for _, name := range list(vector.get("more")) {
		more = append(more, name.(string))
	}
	known := newSecrets(more)
	in := vector.get("in")
	switch kind, _ := vector.get("as").(string); kind {
	case "", "value":
		return (&collector{&client{secrets: known}}).clean(in)
	case "cookies":
		hidden := object{}
		for _, one := range in.(object) {
			hidden = append(hidden, member{one.name, filtered})
		}
		return hidden
	default:
		return known.text(in.(string), kind, 0)
	}
}

func TestFunctionsAreSplit(t *testing.T) {
	for function, want := range map[string][3]string{
		"main.main":                                     {"main", "", "main"},
		"main.main.func1":                               {"main", "", "main.func1"},
		"example.org/shop/cart.(*Cart).Total":           {"example.org/shop/cart", "Cart", "Total"},
		"example.org/shop/cart.Cart.Total":              {"example.org/shop/cart", "Cart", "Total"},
		"example.org/shop/cart.(*Cart).Total.func1":     {"example.org/shop/cart", "Cart", "Total.func1"},
		"gopkg.in/yaml%2ev3.(*Decoder).Decode":          {"gopkg.in/yaml.v3", "Decoder", "Decode"},
		"main.Map[...]":                                 {"main", "", "Map[...]"},
		"main.(*List[...]).Add":                         {"main", "List[...]", "Add"},
		"example.org/a.Each[example.org/b.Thing].func2": {"example.org/a", "", "Each[example.org/b.Thing].func2"},
	} {
		packageName, class, method := splitFunction(function)
		if got := [3]string{packageName, class, method}; got != want {
			t.Errorf("%s is %q, not %q", function, got, want)
		}
	}
}

func BenchmarkReport(b *testing.B) {
	b.Setenv("MAYDAY_QUEUE_DIR", b.TempDir())
	Install(Options{URL: "http://127.0.0.1:1", Product: "bench", Version: "1"})
	err := fmt.Errorf("order 17: %w", os.ErrNotExist)
	for range b.N {
		Report(err, map[string]any{"order": 17})
	}
}
